import { describe, expect, it } from 'vitest'
import { safeHref, safeStyle } from './safe-style.ts'

describe('safeStyle', () => {
  it('keeps colour, weight, slant and decoration', () => {
    expect(safeStyle('color:green; font-weight: bold;text-decoration: underline; font-style:italic')).toEqual({
      color: 'green',
      fontWeight: 'bold',
      textDecoration: 'underline',
      fontStyle: 'italic',
    })
  })

  it.each([
    'position: fixed; inset: 0',
    'background-image: url(https://evil.example/x)',
    'color: expression(alert(1))',
    'color: url(javascript:alert(1))',
    'width: 1e9px',
    '--ink: red',
    'background: url(x)',
  ])('leaves out %s', (css) => {
    expect(safeStyle(css)).toEqual({})
  })
})

describe('safeHref', () => {
  it.each(['javascript:alert(1)', 'data:text/html,x', '/relative', 'file:///etc/passwd', ''])('refuses %s', (href) => {
    expect(safeHref(href)).toBeNull()
  })

  it('takes http and https', () => {
    expect(safeHref('https://payer.example/help')).toBe('https://payer.example/help')
  })
})
