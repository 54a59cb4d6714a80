import type { OrderGroupView } from '#domain/contract/launch.ts'
import { useFormats } from '../../i18n/format.ts'
import { rich } from '../../i18n/rich.tsx'
import { useHasSentence, useSay } from '../../i18n/use-say.ts'
import { isUntouched, needsDocumentation } from './order-group-state.ts'

/** In our own words what the payer's answer means for the reader, and how much of it the chart can do. */
export function PlanAsks({ group }: { group: OrderGroupView }) {
  const say = useSay()
  const kinds = useDocumentKinds(group)
  const { prefill } = group
  const asks = needsDocumentation(group) && isUntouched(group)
  return (
    <p>
      {asks && kinds !== null
        ? rich(say('coverage.asks', { kinds }))
        : say(`coverage.means.${group.state}`, { payer: group.payer?.name ?? say('coverage.thePayer') })}
      {asks && prefill !== null && <> {rich(say('coverage.prefill', { ...prefill }))}</>}
    </p>
  )
}

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
