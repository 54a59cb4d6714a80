/** A bound as a number: of a number, or of a quantity. */
export function endOf(bound: unknown): number | null {
  if (typeof bound === 'number') return bound
  return typeof bound === 'object' && bound !== null && 'value' in bound && typeof bound.value === 'number'
    ? bound.value
    : null
}
