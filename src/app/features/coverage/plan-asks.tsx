import type { OrderGroupView } from '#domain/contract/launch.ts'
import { useFormats } from '../../i18n/format.ts'
import { rich } from '../../i18n/rich.tsx'
import { useHasSentence, useSay } from '../../i18n/use-say.ts'
import { isUntouched, needsDocumentation } from './order-group-state.ts'

/** In our own words what the payer's answer means for the reader, and how much of it the chart can do. */
export function PlanAsks({ group, asked }: { group: OrderGroupView; asked: boolean }) {
  const say = useSay()
  const kinds = useDocumentKinds(group)
  const { prefill } = group
  const asks = needsDocumentation(group) && isUntouched(group)
  const payer = group.payer?.name ?? say('coverage.thePayer')
  const means = asked || group.state !== 'unknown' ? group.state : 'notAsked'
  return (
    <p>
      {asks && kinds !== null
        ? rich(say('coverage.asks', { kinds }))
        : capitalize(say(`coverage.means.${means}`, { payer }))}
      {asks && prefill !== null && <> {rich(say('coverage.prefill', { ...prefill }))}</>}
    </p>
  )
}

const capitalize = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1)

/** The kinds of documentation in words; null where the payer names none. */
function useDocumentKinds(group: OrderGroupView): string | null {
  const say = useSay()
  const has = useHasSentence()
  const formats = useFormats()
  const codes = [...new Set(group.orders.flatMap((order) => order.determination.docNeeded))]
  const words = codes
    .map((code) => `coverage.doc.${code}`)
    .filter((key) => has(key))
    .map((key) => say(key))
  return words.length === 0 ? null : formats.list(words)
}
