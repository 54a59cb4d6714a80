/** What the official validator finds in a message: as it is compared with what ours finds, and as it is kept in a file. */
import type { ProfileIssue } from '../../src/domain/profile/issue.ts'

export interface OfficialIssue {
  readonly severity: string
  readonly path: string | null
  readonly id: string | null
}

/**
 * Where it finds one. `json`: the JSON is not FHIR's, of which it gives the list and not the place in it. `fullUrl`: it
 * reports the address of an entry at the first one. `refused`: it judged nothing, as the message declares a profile that
 * it cannot read.
 */
export interface OfficialFault {
  readonly kind: 'element' | 'json' | 'fullUrl' | 'refused'
  readonly place: string
}

/** Where ours is stricter on purpose (docs/profiles.md): the official validator may find the element at fault, or not. */
const STRICTER = new Set([
  'Reference_REF_BadTargetType2',
  'Precert_Coding_Unknown',
  'Precert_Coding_System_Relative',
  'Precert_Language_Unknown',
])
const MARKS = { element: '', json: '~', fullUrl: '^', refused: '!' } as const

/** Both ways of writing a place: comments, choice types and JSON names apart. */
const placeOf = (path: string | null): string =>
  (path ?? '')
    .replace(/^\$/, '')
    .replace(/\/\*[^*]*\*\//g, '')
    .replace(/\[url='[^']*'\]$/, '')
    .replace(/\[x\]|\.ofType\(\w+\)/g, '')

const KINDS = Object.keys(MARKS) as OfficialFault['kind'][]

const withoutIndex = (place: string): string => place.replace(/\[\d+\]$/, '')

/** The errors among its messages, each place once, in the order of their names. */
export function officialFaults(issues: readonly OfficialIssue[]): OfficialFault[] {
  const found = new Map<string, OfficialFault>()
  for (const { severity, path, id } of issues) {
    if (severity !== 'error' && severity !== 'fatal') continue
    const fault: OfficialFault = { kind: kindOf(id, path), place: placeOf(path) }
    found.set(writeFault(fault), fault)
  }
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, fault]) => fault)
}

function kindOf(id: string | null, path: string | null): OfficialFault['kind'] {
  if (id === null) return 'json'
  if (id === 'exception' || (id === 'Validation_VAL_Profile_Unknown' && placeOf(path) === '')) return 'refused'
  return id.includes('ENTRY_URL') ? 'fullUrl' : 'element'
}

export const writeFault = ({ kind, place }: OfficialFault): string => MARKS[kind] + place

export function readFault(text: string): OfficialFault {
  const [kind = 'element'] = KINDS.filter((one) => one !== 'element' && text.startsWith(MARKS[one]))
  return { kind, place: text.slice(MARKS[kind].length) }
}

export interface Comparison {
  readonly isSameVerdict: boolean
  /** Elements that the official validator alone finds at fault. */
  readonly missing: readonly string[]
  /** Elements that ours alone finds at fault. */
  readonly extra: readonly string[]
  /** Whether ours says more, on purpose. */
  readonly isStricter: boolean
}

/** Verdict and faulty elements of both. Where the official validator refused, there is nothing to compare. */
export function compareFaults(theirs: readonly OfficialFault[], ours: readonly ProfileIssue[]): Comparison {
  if (theirs.some(({ kind }) => kind === 'refused'))
    return { isSameVerdict: true, missing: [], extra: [], isStricter: false }
  const errors = ours.filter(({ severity }) => severity === 'error')
  const found = new Set(errors.map(({ path }) => placeOf(path)))
  const usual = new Set(errors.filter(({ id }) => !STRICTER.has(id)).map(({ path }) => placeOf(path)))
  const named = new Set(theirs.map((fault) => placeAmongOurs(fault, errors)))
  const isStricter = [...found].some((place) => !usual.has(place) && !named.has(place))
  return {
    isSameVerdict: named.size > 0 ? found.size > 0 : usual.size === 0,
    missing: [...named].filter((place) => !found.has(place)),
    extra: [...usual].filter((place) => !named.has(place)),
    isStricter,
  }
}

function placeAmongOurs({ kind, place }: OfficialFault, ours: readonly ProfileIssue[]): string {
  if (kind === 'element') return place
  const same = ours.find(({ path, id }) =>
    kind === 'json' ? withoutIndex(placeOf(path)) === place : id.includes('ENTRY_URL'),
  )
  return same === undefined ? place : placeOf(same.path)
}
