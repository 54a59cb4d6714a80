/**
 * What a rejection says, in own words by X12 code: AAA03 (element 901) the reason, AAA04 (element 889) what to do next. A
 * rejection is corrected and sent again; it is never appealed (PAS 2.2.1, error handling; pas.md §7).
 */
import type { CaseView } from '../contract/case.ts'
import type { PasError } from '../pas/pas-response.ts'
import { message } from '../result.ts'

/** AAA03 codes that have a sentence of their own in the locale file, `case.error.aaa.<code>`. */
const KNOWN_REASONS: ReadonlySet<string> = new Set([
  '04',
  '15',
  '33',
  '35',
  '41',
  '42',
  '43',
  '44',
  '51',
  '56',
  '57',
  '58',
  '64',
  '65',
  '66',
  '67',
  '71',
  '72',
  '73',
  '75',
  '77',
  '78',
  '80',
  '95',
  'AA',
  'AF',
  'AG',
  'AO',
  'E8',
  'T4',
])

/** AAA04 codes with a sentence, `case.followUp.<code>`. */
const KNOWN_FOLLOW_UPS: ReadonlySet<string> = new Set(['C', 'N', 'P', 'R', 'S', 'W', 'X', 'Y'])

/** One rejection as shown; an unknown code is shown as it is, never dropped. */
export function rejectionView(error: PasError): CaseView['errors'][number] {
  return {
    code: error.code,
    text: KNOWN_REASONS.has(error.code)
      ? message(`case.error.aaa.${error.code}`)
      : message('case.error.other', { code: error.code }),
    followUp:
      error.followUp === null
        ? null
        : KNOWN_FOLLOW_UPS.has(error.followUp)
          ? message(`case.followUp.${error.followUp}`)
          : message('case.followUp.other', { code: error.followUp }),
    element: error.element,
    path: error.path,
    note: error.note ?? error.text,
  }
}
