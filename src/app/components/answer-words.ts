import { useFormats } from '../i18n/format.ts'
import { useSay } from '../i18n/use-say.ts'

/** The server gives answers as FHIR writes them; here they become words. */
export function useAnswerWords(): (value: string) => string {
  const say = useSay()
  const formats = useFormats()
  return (value) => {
    if (value === 'true' || value === 'false') return say(value === 'true' ? 'form.yes' : 'form.no')
    return /^\d{4}-\d{2}-\d{2}$/.test(value) ? formats.date(value) : value
  }
}
