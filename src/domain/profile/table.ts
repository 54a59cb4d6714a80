/**
 * Rule tables: the facts of a FHIR package and nothing else (no prose, no descriptors). `npm run profiles:import` writes
 * them; the server reads the files; this room compiles and walks them. Names are short because a table has tens of
 * thousands of elements.
 */

/** Where a table comes from. */
export interface TableSource {
  readonly name: string
  readonly version: string
  readonly date: string
  readonly license: string
  /** The file that was read, where it is not the package itself. */
  readonly from?: string
}

export interface TypeFacts {
  readonly code: string
  /** Profiles of the type: one of them must hold. */
  readonly profiles?: readonly string[]
  /** Profiles of a reference's target. */
  readonly targets?: readonly string[]
  /** contained, referenced, bundled. */
  readonly modes?: readonly string[]
}

export interface SlicingFacts {
  /** Type (value, exists, type, profile) and path of each discriminator. */
  readonly by: readonly (readonly [string, string])[]
  readonly rules: string
  readonly ordered?: 1
}

export interface BindingFacts {
  /** The value set where the binding is required. */
  readonly required?: string
  /** The largest set allowed where it is not. */
  readonly max?: string
  /** Further sets, of each of which a code is required (R5 ElementDefinition.binding.additional, as R4 packages carry it). */
  readonly also?: readonly string[]
}

/** A number, a date or time, a Quantity. */
export type LimitFacts = number | string | { readonly value: number; readonly system: string; readonly code: string }

export interface ElementFacts {
  /** Last part of the path; the type's name for the root. */
  readonly n: string
  readonly slice?: string
  readonly min?: number
  /** Absent: no limit. */
  readonly max?: number
  /** `code`, or the code with its profiles. */
  readonly t?: readonly (string | TypeFacts)[]
  /** Element id that this one repeats: `Claim.item.detail`. */
  readonly same?: string
  readonly fixed?: unknown
  readonly pattern?: unknown
  readonly bind?: BindingFacts
  readonly maxLength?: number
  /** Least and largest value. */
  readonly range?: readonly [LimitFacts | null, LimitFacts | null]
  /** Invariants: places in the table's list. */
  readonly inv?: readonly number[]
  readonly ms?: 1
  readonly mod?: 1
  readonly slicing?: SlicingFacts
  readonly slices?: readonly ElementFacts[]
  readonly ch?: readonly ElementFacts[]
}

/** Identity (the defining profile and the key), severity, expression. */
export type InvariantFacts = readonly [id: string, severity: 'error' | 'warning', expression: string]

export interface ProfileFacts {
  readonly url: string
  readonly version?: string
  readonly type: string
  readonly kind: string
  readonly base?: string
  readonly abstract?: 1
  /** Where an extension may stand: `e` element, `x` extension, `p` FHIRPath; with its expression. */
  readonly contexts?: readonly (readonly ['e' | 'x' | 'p', string])[]
  readonly contextInvariants?: readonly string[]
  readonly imposes?: readonly string[]
  readonly root: ElementFacts
}

/** Part of a value set: codes of a system (all of them where no code is named), or other value sets. */
export interface IncludeFacts {
  readonly system?: string
  readonly codes?: readonly string[]
  /** A filter that could not be worked out when the table was made. */
  readonly filtered?: 1
  readonly sets?: readonly string[]
}
export interface ValueSetFacts {
  readonly url: string
  readonly include: readonly IncludeFacts[]
  readonly exclude?: readonly IncludeFacts[]
}
export interface CodeSystemFacts {
  readonly url: string
  readonly content: string
  readonly ignoresCase?: 1
  readonly codes: readonly string[]
}

/** The lines of a table: each record is read when it is first asked for. */
export const LINE = { source: '#', invariant: 'I', profile: 'P', valueSet: 'V', codeSystem: 'S' } as const
