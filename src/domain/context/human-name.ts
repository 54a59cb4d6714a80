import type { HumanName } from 'fhir/r4'

const USE_ORDER: readonly (HumanName['use'] | undefined)[] = ['official', 'usual', undefined]

/** The name to show among several: official, then usual, then one without a use, then the first (R4 HumanName.use). */
function preferredName(names: readonly HumanName[]): HumanName | undefined {
  for (const use of USE_ORDER) {
    const found = names.find((name) => name.use === use)
    if (found !== undefined) return found
  }
  return names[0]
}

/** `Family, Given M.` as charts write a patient's name; falls back to the name's text, null where there is none. */
export function readPatientName(names: readonly HumanName[] | undefined): string | null {
  const name = preferredName(names ?? [])
  if (name === undefined) return null
  const given = (name.given ?? []).join(' ')
  if (name.family === undefined) return given === '' ? (name.text ?? null) : given
  return given === '' ? name.family : `${name.family}, ${given}`
}

/** `Dr. Lena Ruiz`: prefix, given and family of a person who is not the patient; null where nothing is known. */
export function readProviderName(names: readonly HumanName[] | undefined): string | null {
  const name = preferredName(names ?? [])
  if (name === undefined) return null
  const parts = [...(name.prefix ?? []), ...(name.given ?? []), name.family ?? ''].filter((part) => part !== '')
  if (parts.length > 0) return parts.join(' ')
  return name.text ?? null
}
