/**
 * The one way an expected failure travels: a value with a tagged reason. `throw` is for bugs.
 */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E }

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error }
}

/**
 * What every domain failure carries. `reason` is a kebab-case tag of a union; `params` fill the sentence in the locale
 * file; `path` is the FHIRPath (or field) at fault; `ref` is what a person may quote to support.
 */
export interface Failure<R extends string = string> {
  readonly reason: R
  readonly params?: Readonly<Record<string, string | number>>
  readonly path?: string
  readonly ref?: string
}

/** A sentence to show: a key of the locale file and what fills it. The domain never holds the sentence itself. */
export interface Message {
  readonly key: string
  readonly params?: Readonly<Record<string, string | number>>
}

/** Builds a `Message`. */
export function message(key: string, params?: Readonly<Record<string, string | number>>): Message {
  return params === undefined ? { key } : { key, params }
}
