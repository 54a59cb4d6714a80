// @vitest-environment node
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const readLocale = (language: string) =>
  JSON.parse(readFileSync(new URL(`./${language}.json`, import.meta.url), 'utf8')) as Readonly<Record<string, string>>
const en = readLocale('en')
const es = readLocale('es')

/** Without i18next's plural endings. */
const base = (key: string): string => key.replace(/_(zero|one|two|few|many|other)$/, '')
const sentences = new Set(Object.keys(en).map(base))

function sources(folder: string): { path: string; text: string }[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /[.]tsx?$/.test(name) && !/[.]test[.]tsx?$/.test(name) && !name.includes('testing/'))
    .map((name) => ({ path: join(folder, name), text: readFileSync(join(ROOT, folder, name), 'utf8') }))
}

/** Every key given to a call, and the fixed beginning of keys that are put together. */
function keysIn(folder: string, call: RegExp): { path: string; key: string; whole: boolean }[] {
  return sources(folder).flatMap(({ path, text }) =>
    [...text.matchAll(call)].flatMap(({ groups }) => {
      const key = groups?.['plain'] ?? groups?.['put']
      return key === undefined ? [] : [{ path, key, whole: groups?.['plain'] !== undefined }]
    }),
  )
}

const MESSAGE = /\bmessage\(\s*(?:'(?<plain>[^']+)'|`(?<put>[^`$]+)\$)/g
const SAY = /\bsay\(\s*(?:'(?<plain>[^']+)'|`(?<put>[^`$]+)\$)/g

/** What stands in documents for the chart alone, which the server renders. */
const documentWords = Object.keys(
  JSON.parse(readFileSync(join(ROOT, 'server/documents/labels.en.json'), 'utf8')) as object,
)

const isKnown = ({ key, whole }: { key: string; whole: boolean }, more: readonly string[] = []): boolean => {
  const known = [...sentences, ...more]
  return whole ? known.includes(key) : known.some((sentence) => sentence.startsWith(key))
}

describe('the locale files', () => {
  it('hold the same sentences in both languages', () => {
    expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort())
  })

  it('fill the same places in both languages', () => {
    const places = (text: string | undefined) => [...new Set((text ?? '').match(/\{\{\s*\w+/g))].sort()
    const differing = Object.keys(en).filter((key) => places(en[key]).join() !== places(es[key]).join())
    expect(differing).toEqual([])
  })

  it('leave no sentence empty and shout nowhere', () => {
    const bad = [en, es]
      .flatMap((locale) => Object.entries(locale))
      .filter(([, text]) => text.trim() === '' || text.includes('!'))
    expect(bad).toEqual([])
  })

  it.each(['src/domain', 'server', 'launch'])('have a sentence for every message of %s', (folder) => {
    expect(keysIn(folder, MESSAGE).filter((found) => !isKnown(found, documentWords))).toEqual([])
  })

  it('have a sentence for everything the screens say', () => {
    const said = keysIn('src/app', SAY)
    expect(said.length).toBeGreaterThan(200)
    expect(said.filter((found) => !isKnown(found))).toEqual([])
  })

  it('have a sentence for every clock rule', () => {
    const rules = readFileSync(join(ROOT, 'src/domain/tracking/clock-rules.ts'), 'utf8').matchAll(/\bid: '([^']+)'/g)
    const missing = [...rules].map(([, id]) => `clock.rule.${id ?? ''}`).filter((key) => !sentences.has(key))
    expect(missing).toEqual([])
  })

  it('have a sentence for every event of the timeline', () => {
    const kinds = /export type CaseEventKind =([^]*?)\n\n/.exec(
      readFileSync(join(ROOT, 'server/cases/case-event.ts'), 'utf8'),
    )
    const missing = [...(kinds?.[1] ?? '').matchAll(/'([^']+)'/g)]
      .map(([, kind]) => `timeline.${kind ?? ''}`)
      .filter((key) => !sentences.has(key))
    expect(missing).toEqual([])
  })

  it('have a sentence for every reason that the API may give', () => {
    const table = readFileSync(join(ROOT, 'server/http/failure-status.ts'), 'utf8')
    const reasons = [...table.matchAll(/'([a-z-]+)'/g)].map(([, reason]) => reason ?? '')
    // Answered by pages of their own, or by other programs than this app.
    const elsewhere =
      /^(invalid-json|nul-character|half-character|number-not-finite|forbidden-key|launch-incomplete|callback-incomplete|browser-mismatch|state-unknown|cookies-blocked|session-missing|session-ended|redeem-refused|unauthorized|grant-refused|issuer-unknown|read-only|not-json|host-unknown)$/
    expect(reasons.filter((reason) => !elsewhere.test(reason) && !sentences.has(`error.${reason}`))).toEqual([])
  })
})
