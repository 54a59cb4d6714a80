/** What a payer's answer says, element by element: a label and a value a line. Codes stand as the payer sent them. */
import type { FactValue } from '#domain/contract/answer.ts'
import type { CaseView } from '#domain/contract/case.ts'
import { useFormats, type Formats } from '../i18n/format.ts'
import { useHasSentence, useSay, type Say } from '../i18n/use-say.ts'
import { Facts } from '../ui/facts.tsx'

type Fact = CaseView['answer'][number]['facts'][number]

export function AnswerFacts({ facts }: { facts: readonly Fact[] }) {
  const say = useSay()
  const has = useHasSentence()
  const formats = useFormats()
  return (
    <Facts
      wide
      facts={facts.map(({ name, value }) => ({
        label: say(`answer.fact.${name}`),
        value: valueText(value, say, has, formats),
      }))}
    />
  )
}

function valueText(value: FactValue, say: Say, has: (key: string) => boolean, formats: Formats): string {
  switch (value.kind) {
    case 'text':
      return /^\d{4}-\d{2}-\d{2}T/.test(value.text) ? formats.dateTime(value.text) : value.text
    case 'flag':
      return say(value.flag ? 'answer.yes' : 'answer.no')
    case 'decision':
      return `${say(`line.status.${value.status}`)} (${value.code})`
    case 'codes':
      return value.codes.map(({ code, text }) => codeText(code, text, say, has)).join(', ')
    case 'period':
      return periodText(value.start, value.end, say, formats)
    case 'quantity':
      return `${formats.number(value.value)} ${value.unit ?? ''}`.trim()
    case 'money':
      return `${formats.number(value.value)} ${value.currency ?? ''}`.trim()
  }
}

function codeText(code: string, text: string | null, say: Say, has: (key: string) => boolean): string {
  const words = text ?? (has(`loinc.${code}`) ? say(`loinc.${code}`) : null)
  if (words === null || words === code) return code
  return code === '' ? words : `${words} (${code})`
}

function periodText(start: string | null, end: string | null, say: Say, formats: Formats): string {
  if (start === end && start !== null) return formats.date(start)
  if (start === null) return say('line.until', { to: formats.date(end ?? '') })
  return end === null
    ? say('line.from', { from: formats.date(start) })
    : say('line.fromTo', { from: formats.date(start), to: formats.date(end) })
}
