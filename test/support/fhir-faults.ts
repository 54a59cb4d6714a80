/**
 * Generated faults: a FHIR message, broken in one place. Knows nothing of profiles, so that it judges the validator and
 * does not agree with it by construction. The same seed gives the same faults.
 */
export interface Fault {
  readonly kind: string
  /** Where it was broken, as JSON path. */
  readonly at: string
  readonly body: unknown
}

export type Json = Record<string, unknown>
export interface Spot {
  readonly owner: Json | unknown[]
  readonly key: string | number
  readonly path: string
  readonly value: unknown
}

/** A small generator of numbers (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function spotsOf(body: unknown): Spot[] {
  const spots: Spot[] = []
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value))
      value.forEach((one, at) => {
        spots.push({ owner: value, key: at, path: `${path}[${at}]`, value: one })
        visit(one, `${path}[${at}]`)
      })
    else if (isJson(value))
      for (const [name, one] of Object.entries(value)) {
        if (name === 'text' && isJson(one) && 'div' in one) continue
        spots.push({ owner: value, key: name, path: path === '' ? name : `${path}.${name}`, value: one })
        visit(one, path === '' ? name : `${path}.${name}`)
      }
  }
  visit(body, '')
  return spots
}

const set = (spot: Spot, value: unknown): void => void ((spot.owner as Json)[spot.key as string] = value)
const named = (spot: Spot, ...names: string[]): boolean => names.includes(String(spot.key))
const P = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition/'
/** Extensions with the value that each takes, to be put where they do not belong. */
const EXTENSIONS: readonly Json[] = [
  { url: `${P}extension-levelOfServiceCode`, valueCodeableConcept: { text: 'x' } },
  { url: `${P}extension-epsdtIndicator`, valueBoolean: true },
  { url: `${P}extension-itemPreAuthIssueDate`, valueDate: '2026-11-01' },
  { url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace', valueAddress: { city: 'Dayton' } },
  { url: 'http://hl7.org/fhir/StructureDefinition/iso21090-EN-use', valueCode: 'IDE' },
]

export interface Mutation {
  readonly kind: string
  /** Whether it may be done to the message itself. */
  readonly isForWhole?: true
  fits(spot: Spot): boolean
  apply(spot: Spot, random: () => number): void
}

const isDate = (value: unknown): value is string => typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value)
const isCode = (spot: Spot): boolean =>
  typeof spot.value === 'string' &&
  named(spot, 'code', 'status', 'use', 'gender', 'intent', 'type', 'outcome', 'system', 'relation')

/** The order and number of these are part of the recorded cases: what is new is a kind of its own (`further-fault-kinds.ts`). */
const FIRST_KINDS: readonly Mutation[] = [
  {
    kind: 'missing',
    fits: ({ key }) => typeof key === 'string' && key !== 'resourceType' && key !== 'profile',
    apply: ({ owner, key }) => void delete (owner as Json)[key as string],
  },
  {
    kind: 'missing-item',
    fits: ({ owner, key }) => Array.isArray(owner) && owner.length > 1 && typeof key === 'number',
    apply: ({ owner, key }) => void (owner as unknown[]).splice(key as number, 1),
  },
  { kind: 'wrong-code', fits: isCode, apply: (spot) => set(spot, 'bogus') },
  {
    kind: 'wrong-system',
    fits: (spot) =>
      named(spot, 'system') && typeof spot.value === 'string' && isJson(spot.owner) && 'code' in spot.owner,
    apply: (spot) => set(spot, 'http://example.org/codes'),
  },
  {
    kind: 'too-many',
    fits: ({ owner }) => Array.isArray(owner),
    apply: ({ owner, value }) => void (owner as unknown[]).push(structuredClone(value)),
  },
  { kind: 'bad-date', fits: ({ value }) => isDate(value), apply: (spot) => set(spot, '2026-13-45') },
  { kind: 'not-a-day', fits: ({ value }) => isDate(value), apply: (spot) => set(spot, '2026-02-30') },
  { kind: 'time-in-date', fits: ({ value }) => isDate(value), apply: (spot) => set(spot, '2026-11-22T10:00:00Z') },
  { kind: 'year-alone', fits: ({ value }) => isDate(value), apply: (spot) => set(spot, '2026') },
  {
    kind: 'wrong-json-type',
    fits: ({ value }) => ['string', 'number', 'boolean'].includes(typeof value),
    apply: (spot) => set(spot, typeof spot.value === 'string' ? 7 : 'seven'),
  },
  {
    kind: 'object-for-simple',
    fits: ({ value, key }) => typeof value === 'string' && key !== 'resourceType',
    apply: (spot) => set(spot, { value: 'x' }),
  },
  {
    kind: 'unknown-property',
    isForWhole: true,
    fits: ({ value }) => isJson(value),
    apply: ({ value }) => void ((value as Json)['bogus'] = 'x'),
  },
  {
    kind: 'extension-in-wrong-place',
    isForWhole: true,
    fits: ({ value }) => isJson(value) && !('resource' in value),
    apply: ({ value }, random) => {
      const node = value as Json
      const extension = EXTENSIONS[Math.floor(random() * EXTENSIONS.length)]
      node['extension'] = [...(Array.isArray(node['extension']) ? (node['extension'] as unknown[]) : []), extension]
    },
  },
  {
    kind: 'extension-wrong-type',
    fits: ({ value }) =>
      isJson(value) && typeof value['url'] === 'string' && Object.keys(value).some((name) => name.startsWith('value')),
    apply: ({ value }) => {
      const node = value as Json
      for (const name of Object.keys(node)) if (name.startsWith('value')) delete node[name]
      node['valueInteger'] = 3
    },
  },
  {
    kind: 'extension-without-value',
    fits: ({ value }) =>
      isJson(value) && typeof value['url'] === 'string' && Object.keys(value).some((name) => name.startsWith('value')),
    apply: ({ value }) => {
      const node = value as Json
      for (const name of Object.keys(node)) if (name.startsWith('value')) delete node[name]
    },
  },
  {
    kind: 'extension-unknown-part',
    fits: ({ key, owner, value }) =>
      key === 'url' && typeof value === 'string' && !value.includes(':') && isJson(owner),
    apply: (spot) => set(spot, 'bogusPart'),
  },
  {
    kind: 'wrong-target',
    fits: (spot) => named(spot, 'reference') && typeof spot.value === 'string' && !spot.value.startsWith('#'),
    apply: (spot, random) => {
      const types = ['Organization/UMOExample', 'Patient/SubscriberExample', 'Coverage/InsuranceExample']
      set(spot, types[Math.floor(random() * types.length)])
    },
  },
  {
    kind: 'bad-uri',
    fits: (spot) => named(spot, 'system', 'fullUrl', 'url') && typeof spot.value === 'string',
    apply: (spot) => set(spot, `${String(spot.value)} x`),
  },
  { kind: 'zero', fits: ({ value }) => typeof value === 'number', apply: (spot) => set(spot, 0) },
  { kind: 'negative', fits: ({ value }) => typeof value === 'number', apply: (spot) => set(spot, -1) },
  { kind: 'fraction', fits: ({ value }) => typeof value === 'number', apply: (spot) => set(spot, 1.5) },
  {
    kind: 'flipped',
    fits: ({ value }) => typeof value === 'boolean',
    apply: (spot) => set(spot, !(spot.value as boolean)),
  },
  {
    kind: 'wrong-choice',
    fits: ({ key }) =>
      typeof key === 'string' &&
      /^(value|serviced|timing|location|diagnosis|occurrence|medication|effective|onset|deceased|multipleBirth)[A-Z]/.test(
        key,
      ),
    apply: ({ owner, key }) => {
      const node = owner as Json
      const stem = /^[a-z]+|^multipleBirth/.exec(String(key))?.[0] ?? ''
      delete node[key as string]
      node[`${String(key).startsWith('multipleBirth') ? 'multipleBirth' : stem}String`] = 'x'
    },
  },
  {
    kind: 'text-alone',
    fits: ({ value }) => isJson(value) && Array.isArray(value['coding']),
    apply: ({ owner, key }) => void ((owner as Json)[key as string] = { text: 'x' }),
  },
  {
    kind: 'empty-string',
    fits: ({ value, key }) => typeof value === 'string' && key !== 'resourceType',
    apply: (spot) => set(spot, ''),
  },
  {
    kind: 'period-reversed',
    fits: ({ value }) => isJson(value) && isDate(value['start']) && isDate(value['end']),
    apply: ({ value }) => void ((value as Json)['end'] = '1999-01-01'),
  },
  {
    kind: 'contained-orphan',
    isForWhole: true,
    fits: ({ value }) =>
      isJson(value) &&
      typeof value['resourceType'] === 'string' &&
      !['Bundle', 'Parameters'].includes(String(value['resourceType'])),
    apply: ({ value }) =>
      void ((value as Json)['contained'] = [{ resourceType: 'Organization', id: 'orphan', name: 'x' }]),
  },
  {
    kind: 'duplicate-full-url',
    fits: ({ value, key }) => typeof key === 'number' && isJson(value) && 'fullUrl' in value,
    apply: ({ owner, value }) => void (owner as unknown[]).push(structuredClone(value)),
  },
  {
    kind: 'first-entry-moved',
    fits: ({ value, key }) => key === 'entry' && Array.isArray(value) && value.length > 1,
    apply: ({ value }) => void (value as unknown[]).reverse(),
  },
  {
    kind: 'other-resource-type',
    fits: ({ value, key }) => key === 'resource' && isJson(value),
    apply: (spot) => set(spot, { resourceType: 'Basic', id: 'b', code: { text: 'x' } }),
  },
]

/** Up to `count` faults of a message, spread over kinds and places. */
export function faultsOf(message: unknown, count: number, seed: number, kinds = FIRST_KINDS): Fault[] {
  const random = randomFrom(seed)
  const faults: Fault[] = []
  const seen = new Set<string>()
  for (let tries = 0; faults.length < count && tries < count * 20; tries++) {
    const mutation = kinds[Math.floor(random() * kinds.length)]
    const body = { root: structuredClone(message) }
    const fitting = spotsOf(body).filter(
      (spot) => mutation?.fits(spot) === true && (spot.path !== 'root' || mutation.isForWhole === true),
    )
    const spot = fitting[Math.floor(random() * fitting.length)]
    if (mutation === undefined || spot === undefined) continue
    const key = `${mutation.kind} ${spot.path}`
    if (seen.has(key)) continue
    seen.add(key)
    mutation.apply(spot, random)
    if (JSON.stringify(body.root) === JSON.stringify(message)) continue
    faults.push({ kind: mutation.kind, at: spot.path.replace(/^root\.?/, ''), body: body.root })
  }
  return faults
}
