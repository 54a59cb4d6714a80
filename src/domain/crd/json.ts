/** Narrowing of unknown JSON: the wire is not trusted, and nothing is dropped by looking at it. */

export type JsonObject = Readonly<Record<string, unknown>>

/** The value as an object, or undefined for null, arrays and everything else. */
export function asObject(value: unknown): JsonObject | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : undefined
}

/** The value as a non-empty string, or undefined. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The value as an array; anything else is empty. */
export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Structural equality of two JSON values; the order of keys does not matter, that of array elements does. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => isSameJson(item, b[index]))
    )
  const [left, right] = [asObject(a), asObject(b)]
  if (left === undefined || right === undefined) return false
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length && keys.every((key) => key in right && isSameJson(left[key], right[key]))
  )
}
