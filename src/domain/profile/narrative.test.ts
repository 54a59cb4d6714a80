import { describe, expect, it } from 'vitest'
import { profileSet } from '../../../test/support/profile-set.ts'
import { validateMessage } from './validate.ts'

const NS = 'xmlns="http://www.w3.org/1999/xhtml"'

const judge = (div: string): { path: string; id: string }[] =>
  validateMessage(profileSet('pas-2.2.1'), {
    resourceType: 'Basic',
    code: { text: 'x' },
    text: { status: 'generated', div },
  })
    .filter(({ severity }) => severity === 'error')
    .map(({ path, id }) => ({ path, id: id.replace(/^.*#/, '') }))

describe('a narrative', () => {
  it.each([
    `<div ${NS}>a &amp; b &lt; c &gt; d &quot;&apos;</div>`,
    `<div ${NS}>a &#160; b &#xA0; c &#x1F600;</div>`,
    `<div ${NS} title="a &amp; b"><a href="http://example.org/?a=1&amp;b=2">x</a></div>`,
    `<div ${NS}><!-- a & b &foo; -->x</div>`,
    `<div ${NS}><![CDATA[a & b <foo>]]>x</div>`,
    `<div ${NS}><p ${NS}>x</p></div>`,
    `<div class='a' xmlns='http://www.w3.org/1999/xhtml'>x</div>`,
  ])('may be %s', (div) => expect(judge(div)).toEqual([]))

  it.each([
    ['an entity that XML does not declare', `<div ${NS}>a &foo; b</div>`],
    ['an entity of HTML', `<div ${NS}>a&nbsp;b</div>`],
    ['a bare ampersand', `<div ${NS}>a & b</div>`],
    ['an ampersand at the end', `<div ${NS}>AT&T</div>`],
    ['an entity without its semicolon', `<div ${NS}>a &amp b</div>`],
    ['a character that is none', `<div ${NS}>&#; &#xFFFFFFF;</div>`],
    ['a bare ampersand in an attribute', `<div ${NS}><a href="http://example.org/?a=1&b=2">x</a></div>`],
    ['an entity in an attribute', `<div ${NS} title="&foo;">x</div>`],
    ['a comment without end', `<div ${NS}>x<!-- </div>`],
    ['an instruction without end', `<div ${NS}>x<? </div>`],
    ['nothing but characters that are set apart', `<div ${NS}><![CDATA[x]]>`],
  ])('may not have %s', (_what, div) => expect(judge(div)).toContainEqual({ path: 'Basic.text.div', id: 'txt-1' }))

  it.each([
    ['no namespace', '<div>x</div>'],
    ['another one', '<div xmlns="http://www.w3.org/1999/xhtm">x</div>'],
    ['none in one of its elements', `<div ${NS}><p xmlns="">x</p></div>`],
  ])('may not have %s', (_what, div) =>
    expect(judge(div)).toEqual([{ path: 'Basic.text.div', id: 'XHTML_XHTML_NS_InValid' }]),
  )

  it('is read in one pass, however hostile', () => {
    const started = performance.now()
    for (const part of ['&', '&amp', '<!--', '<?', '<![CDATA[', '<', '<a b="', '<a  ', '<a b=c ', '&#x', '<p>', '</p>'])
      judge(`<div ${NS}>${part.repeat(100_000)}</div>`)
    expect(performance.now() - started).toBeLessThan(3_000)
  })
})
