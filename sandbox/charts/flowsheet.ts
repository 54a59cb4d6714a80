/**
 * Flowsheet rows of the simulated EHR for values that a clinician scores. Real EHRs have local codes for them too: the
 * tenant's configuration lists `SCORED_CODES`, and Precert asks a person to confirm every answer that comes from one.
 */
export const FLOWSHEET_SYSTEM = 'https://ehr.sandbox.example/flowsheet'

export const FLOWSHEET = {
  harveyBradshaw: { system: FLOWSHEET_SYSTEM, code: 'gi-hbi', display: 'Harvey-Bradshaw index' },
  severity: { system: FLOWSHEET_SYSTEM, code: 'gi-severity', display: 'GI disease activity, physician rating' },
  stools: { system: FLOWSHEET_SYSTEM, code: 'gi-stools', display: 'Liquid stools a day' },
  pain: { system: FLOWSHEET_SYSTEM, code: 'gi-pain', display: 'Abdominal pain' },
  wellBeing: { system: FLOWSHEET_SYSTEM, code: 'gi-well-being', display: 'General well-being' },
  mass: { system: FLOWSHEET_SYSTEM, code: 'gi-mass', display: 'Abdominal mass' },
} as const

/** What `start.ts` puts into the tenant's `scoredCodes`. */
export const SCORED_CODES: readonly { readonly system: string; readonly code: string }[] = [
  { system: FLOWSHEET.harveyBradshaw.system, code: FLOWSHEET.harveyBradshaw.code },
  { system: FLOWSHEET.severity.system, code: FLOWSHEET.severity.code },
]
