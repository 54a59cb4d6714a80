/** HRex endpoint discovery (pas.md §1.2): what stands in `.well-known/davinci-configuration`. Pure. */
import type { PasVersion } from './pas-response.ts'

export interface DiscoveryDocument {
  /** The payer whose endpoints these are; left out where they serve several. */
  readonly identifier?: { readonly system: string; readonly value: string }
  readonly endpoints: Readonly<Record<string, string>>
}

/** The code of each version's endpoint: `#` and its first two numbers. */
const SUFFIX: Readonly<Record<PasVersion, string>> = { '2.2.1': '2.2', '2.0.1': '2.0' }

/** One endpoint a version, for all coverages of the payer (conf-2, conf-3). */
export function buildDiscoveryDocument(
  payer: DiscoveryDocument['identifier'] | null,
  bases: Readonly<Record<PasVersion, string>>,
): DiscoveryDocument {
  return {
    ...(payer === null || payer === undefined ? {} : { identifier: payer }),
    endpoints: Object.fromEntries(
      Object.entries(bases).map(([version, base]) => [
        `davinci_pas_submission_endpoint#${SUFFIX[version as PasVersion]}`,
        base,
      ]),
    ),
  }
}
