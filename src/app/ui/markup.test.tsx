// @vitest-environment jsdom
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it } from 'vitest'
import { Markup } from './markup.tsx'

afterEach(cleanup)

describe('Markup', () => {
  it('draws words with their emphasis, and links that open beside the page', () => {
    render(<Markup xhtml='<div><b>Weight</b> in <a href="https://payer.example/kg">kg</a></div>' fallback="Weight" />)
    expect(screen.getByText('Weight').localName).toBe('b')
    expect(screen.getByRole('link', { name: 'kg' }).getAttribute('rel')).toBe('noopener noreferrer')
  })

  it('takes harmless styles and no others', () => {
    render(<Markup xhtml='<p style="color:green;position:fixed">x</p>' fallback="" />)
    expect(screen.getByText('x').getAttribute('style')).toBe('color: green;')
  })

  it.each([
    '<script>alert(1)</script>',
    '<img src="x" onerror="alert(1)">',
    '<iframe src="https://evil.example"></iframe>',
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    '<form action="https://evil.example"><input name="a"><button>Send</button></form>',
    '<a href="javascript:alert(1)">x</a>',
    '<img src="https://evil.example/track.gif" alt="">',
    '<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>',
    '<object data="x"></object><embed src="x"><link rel="stylesheet" href="https://evil.example/a.css">',
    '<a href="https://ok.example" target="_self" onclick="alert(1)">x</a>',
  ])('lets nothing of %s run or load', (xhtml) => {
    const { container } = render(<Markup xhtml={xhtml} fallback="plain" />)
    const found = [...container.querySelectorAll('*')]
    const names = found.map(({ localName }) => localName)
    for (const name of ['script', 'iframe', 'svg', 'form', 'input', 'object', 'embed', 'link', 'style', 'math'])
      expect(names).not.toContain(name)
    for (const element of found) {
      expect(element.getAttributeNames().filter((name) => name.startsWith('on'))).toEqual([])
      expect(element.getAttribute('src')).toBeNull()
      expect(element.getAttribute('href') ?? 'https://').toMatch(/^https:/)
    }
  })

  it('falls back to the plain words where nothing is left', () => {
    const { container } = render(<Markup xhtml="<script>1</script>" fallback="plain" />)
    expect(container.textContent).toBe('plain')
  })
})
