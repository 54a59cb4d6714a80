import type { ItemView } from '#domain/dtr/form/form-state.ts'

/** SDC width: a part of the table, or pixels; in any other unit it is left to the table. */
export function columnWidth(width: ItemView['facts']['width']): string | undefined {
  const { value, code, unit } = width ?? {}
  const measure = code ?? unit
  return value !== undefined && value > 0 && (measure === '%' || measure === 'px')
    ? `${String(value)}${measure}`
    : undefined
}
