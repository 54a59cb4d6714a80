/** The objects of a list that a partner sent: nothing where it is no list, and without entries that are no objects. */
export function listOf<T>(value: readonly T[] | undefined): readonly T[] {
  if (!Array.isArray(value)) return []
  const isObject = (entry: unknown): boolean => typeof entry === 'object' && entry !== null
  return value.every(isObject) ? (value as readonly T[]) : (value as readonly T[]).filter(isObject)
}
