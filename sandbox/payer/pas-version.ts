/** The PAS versions that a payer speaks, each on its own base URL (spec pas.md §13, endpoints). */
export const PAS_VERSIONS = ['2.2.1', '2.0.1'] as const
export type PasVersion = (typeof PAS_VERSIONS)[number]

/** Path of the FHIR base of each version, below the payer's address. */
export const PAS_PATH: Readonly<Record<PasVersion, string>> = { '2.2.1': '/fhir', '2.0.1': '/pas/2.0/fhir' }
