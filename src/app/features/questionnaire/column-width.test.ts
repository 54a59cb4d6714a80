import { describe, expect, it } from 'vitest'
import { columnWidth } from './column-width.ts'

describe('the width of a column', () => {
  it('is what the form says, in per cent or pixels', () => {
    expect(columnWidth({ value: 30, code: '%' })).toBe('30%')
    expect(columnWidth({ value: 120, unit: 'px' })).toBe('120px')
  })

  it('is left to the table where it says nothing usable', () => {
    expect(columnWidth(null)).toBeUndefined()
    expect(columnWidth({ value: 3, code: 'cm' })).toBeUndefined()
    expect(columnWidth({ value: -3, code: '%' })).toBeUndefined()
  })
})
