/** A CQL result as it leaves the engine: plain data that says of what kind it is. */
export type CqlResult =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'date' | 'dateTime' | 'time'; readonly value: string }
  | { readonly kind: 'quantity'; readonly value: number; readonly unit: string | null }
  | { readonly kind: 'ratio'; readonly numerator: CqlResult; readonly denominator: CqlResult }
  | { readonly kind: 'code'; readonly code: string; readonly system: string | null; readonly display: string | null }
  | { readonly kind: 'concept'; readonly codes: readonly CqlResult[]; readonly display: string | null }
  | { readonly kind: 'interval'; readonly low: CqlResult; readonly high: CqlResult }
  | { readonly kind: 'list'; readonly items: readonly CqlResult[] }
  | { readonly kind: 'tuple'; readonly elements: Readonly<Record<string, CqlResult>> }
  /** A resource or an element of one, by its FHIR type; a primitive is its value. */
  | { readonly kind: 'fhir'; readonly type: string; readonly value: unknown }
