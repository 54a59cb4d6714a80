import { describe, expect, it } from 'vitest'
import { fillIn } from './use-say.ts'

describe('a sentence with names in it', () => {
  it('is filled in, a name as often as it stands there', () => {
    expect(fillIn('{{who}} asks {{n}}: {{who}}', { who: 'A $& B', n: 2 })).toBe('A $& B asks 2: A $& B')
  })

  it('is left to the formatter where a value is missing or has a format', () => {
    expect(fillIn('Sent on {{at, dateTime}}', { at: '2026-11-28' })).toBeNull()
    expect(fillIn('By {{who}}', {})).toBeNull()
  })
})
