/** A system action may add coverage-information and change nothing else (CRD resp-37; crd.md §1.3 step 7). */
import { EXT } from '../fhir/canonical.ts'
import { asArray, asObject, isSameJson } from './json.ts'

/** Server bookkeeping and narrative: never transferred by us, so a difference there changes nothing. */
const NOT_COMPARED = new Set(['meta', 'text', 'extension'])

function otherExtensions(resource: unknown): unknown[] {
  return asArray(asObject(resource)?.['extension']).filter(
    (extension) => asObject(extension)?.['url'] !== EXT.coverageInformation,
  )
}

/** Names of the top-level elements that differ apart from coverage-information; empty when only that changed. */
export function listOtherChanges(sent: unknown, returned: unknown): string[] {
  const [before, after] = [asObject(sent) ?? {}, asObject(returned) ?? {}]
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const changed = names.filter((name) => !NOT_COMPARED.has(name) && !isSameJson(before[name], after[name]))
  return isSameJson(otherExtensions(before), otherExtensions(after)) ? changed : [...changed, 'extension']
}
