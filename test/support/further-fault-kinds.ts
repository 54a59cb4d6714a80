/**
 * Kinds of faults that the first ones do not make: codes that no package lists, narratives, values of another type with all
 * that is in them. They have verdicts of their own, so that those of the first kinds stay as they were recorded.
 */
import { isJson, type Json, type Mutation, type Spot } from './fhir-faults.ts'

const pick = <T>(all: readonly T[], random: () => number): T => all[Math.floor(random() * all.length)] as T
const isResource = ({ value }: Spot, ...types: string[]): boolean =>
  isJson(value) &&
  typeof value['resourceType'] === 'string' &&
  (types.length === 0 || types.includes(value['resourceType']))
const nodeOf = ({ value }: Spot): Json => value as Json

const CURRENCIES = ['USD', 'EUR', 'DOLLAR', 'XXZ', 'usd', 'US']
/**
 * None that BCP 47 has and R4's short list has not: of those the verdicts differ on purpose. `en` and `es` are of both.
 */
const LANGUAGES = ['en', 'es', 'xx-bad-lang-9', 'english', 'EN_us', 'qq']

const XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'
const DIVS = [
  `<div ${XHTML}>fine</div>`,
  `<div ${XHTML}>a &amp; b &#160; &lt;c&gt;</div>`,
  `<div ${XHTML}><!-- a & b --><p title="a &amp; b">x</p></div>`,
  '<div>x</div>',
  '<div xmlns="http://www.w3.org/1999/xhtm">x</div>',
  `<div ${XHTML}><p xmlns="http://example.org">x</p></div>`,
  `<div ${XHTML}>a &foo; b</div>`,
  `<div ${XHTML}>a&nbsp;b</div>`,
  `<div ${XHTML}>a & b</div>`,
  `<div ${XHTML}>a &amp b</div>`,
  `<div ${XHTML}><a href="http://example.org/?a=1&b=2">x</a></div>`,
  `<div ${XHTML} title="&foo;">x</div>`,
  `<div ${XHTML}><p>x</div>`,
  `<div ${XHTML}><b><i>x</b></i></div>`,
  `<div ${XHTML}><script>x</script></div>`,
  `<div ${XHTML}><p onclick="x">x</p></div>`,
  `<div ${XHTML}> </div>`,
  `<div ${XHTML}><img src="x.png" alt="x"/></div>`,
  `<p ${XHTML}>x</p>`,
  'x',
]

/** Values of the types that a choice element may have somewhere, with the end of its name. */
const VALUES: Readonly<Record<string, unknown>> = {
  Address: { city: 'Dayton', state: 'OH' },
  Attachment: { contentType: 'text/plain', title: 'x' },
  CodeableConcept: { coding: [{ system: 'http://example.org/codes', code: 'x' }], text: 'x' },
  Coding: { system: 'http://example.org/codes', code: 'x' },
  Identifier: { system: 'http://example.org/numbers', value: '1' },
  Money: { value: 10, currency: 'USD' },
  Period: { start: '2026-12-01', end: '2026-12-02' },
  Quantity: { value: 1, unit: 'x' },
  Range: { low: { value: 1 } },
  Ratio: { numerator: { value: 1 }, denominator: { value: 2 } },
  Reference: { reference: 'Location/1', display: 'x' },
  Timing: { repeat: { count: 2 } },
}
const CHOICE =
  /^(value|serviced|timing|location|diagnosis|occurrence|medication|content|quantity|effective|onset|deceased|performed|asNeeded|bounds)([A-Z]\w*)$/

export const FURTHER_KINDS: readonly Mutation[] = [
  {
    kind: 'currency',
    fits: ({ value, path }) => isJson(value) && ('productOrService' in value || /adjudication\[\d+\]$/.test(path)),
    apply: (spot, random) =>
      void (nodeOf(spot)['productOrService' in nodeOf(spot) ? 'unitPrice' : 'amount'] = {
        value: 10,
        currency: pick(CURRENCIES, random),
      }),
  },
  {
    kind: 'language-of-person',
    isForWhole: true,
    fits: (spot) => isResource(spot, 'Patient', 'Practitioner'),
    apply: (spot, random) => {
      const language = { coding: [{ system: 'urn:ietf:bcp:47', code: pick(LANGUAGES, random) }] }
      nodeOf(spot)['communication'] = [nodeOf(spot)['resourceType'] === 'Patient' ? { language } : language]
    },
  },
  {
    kind: 'language-of-note',
    fits: ({ path, value }) => isJson(value) && /processNote\[\d+\]$/.test(path),
    apply: (spot, random) =>
      void (nodeOf(spot)['language'] = { coding: [{ system: 'urn:ietf:bcp:47', code: pick(LANGUAGES, random) }] }),
  },
  {
    kind: 'language-of-content',
    isForWhole: true,
    fits: (spot) => isResource(spot) || (isJson(spot.value) && 'contentType' in spot.value),
    apply: (spot, random) => void (nodeOf(spot)['language'] = pick(LANGUAGES, random)),
  },
  {
    kind: 'narrative',
    isForWhole: true,
    fits: (spot) => isResource(spot) && !isResource(spot, 'Bundle', 'Parameters', 'Binary'),
    apply: (spot, random) => void (nodeOf(spot)['text'] = { status: 'generated', div: pick(DIVS, random) }),
  },
  {
    kind: 'birth-sex',
    isForWhole: true,
    fits: (spot) => isResource(spot, 'Patient'),
    apply: (spot, random) => {
      const url = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex'
      const { extension = [] } = nodeOf(spot)
      nodeOf(spot)['extension'] = [...(extension as Json[]), { url, valueCode: pick(['X', 'female', 'm'], random) }]
    },
  },
  {
    kind: 'other-choice',
    fits: ({ key }) => typeof key === 'string' && CHOICE.test(key),
    apply: ({ owner, key }, random) => {
      const [, stem = '', type] = CHOICE.exec(String(key)) ?? []
      const other = pick(
        Object.keys(VALUES).filter((name) => name !== type),
        random,
      )
      const node = owner as Json
      delete node[key as string]
      node[`${stem}${other}`] = structuredClone(VALUES[other])
    },
  },
  {
    kind: 'attachment-size',
    fits: ({ value }) => isJson(value) && 'contentType' in value,
    apply: (spot, random) => void (nodeOf(spot)['size'] = pick([-1, 0, 7, 1.5], random)),
  },
  {
    kind: 'local-system',
    fits: ({ key, value, owner }) =>
      key === 'system' && typeof value === 'string' && value.includes(':') && isJson(owner) && 'value' in owner,
    apply: ({ owner, key }, random) =>
      void ((owner as Json)[key as string] = pick(
        ['x:y', 'mailto:x', 'HTTP://example.org', 'ftp://x', 'urn:x'],
        random,
      )),
  },
]
