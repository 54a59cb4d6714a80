/** Collects what a message breaks, with the FHIRPath of each element. */
import type { Issue } from './fhir-http.ts'

export interface Faults {
  /** Notes the fault unless the rule holds; says whether it holds. */
  readonly need: (holds: boolean, path: string, text: string, code?: Issue['code']) => boolean
  readonly list: () => readonly Issue[]
}

/** An empty collection. */
export function collectFaults(): Faults {
  const issues: Issue[] = []
  return {
    need(holds, path, text, code = 'invariant') {
      if (!holds) issues.push({ code, text, path })
      return holds
    },
    list: () => issues,
  }
}

/** `YYYY-MM-DD`: PAS invariant FullDateRule. */
export function isFullDate(value: string | undefined): boolean {
  return value !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(value)
}

/** FHIR instant: seconds and a zone are required. */
export function isInstant(value: string | undefined): boolean {
  return value !== undefined && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(value)
}

/** Whether all of a list of numbers differ. */
export function areUnique(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length
}
