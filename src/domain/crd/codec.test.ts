import type { Extension } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { readSharedPackage } from '../../../test/support/shared-data.ts'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { listBrokenInvariants, listCoverageInformation, readCoverageInformation } from './coverage-information.ts'
import { downcastCoverageInformation } from './downcast.ts'
import type { CrdVersion } from './sub-extension.ts'
import { upcastCoverageInformation } from './upcast.ts'

const REQUIRED: readonly Extension[] = [
  { url: 'coverage', valueReference: { reference: 'Coverage/c1' } },
  { url: 'covered', valueCode: 'covered' },
  { url: 'pa-needed', valueCode: 'auth-needed' },
  { url: 'date', valueDate: '2026-11-22' },
  { url: 'coverage-assertion-id', valueString: '7F31-0922' },
]

/** A sound repetition; `children` replace what has their name. */
function information(...children: Extension[]): Extension {
  const names = new Set(children.map(({ url }) => url))
  return {
    url: EXT.coverageInformation,
    extension: [...REQUIRED.filter(({ url }) => !names.has(url)), ...children],
  }
}

const only = (extension: Extension, name: string): Extension[] =>
  (extension.extension ?? []).filter(({ url }) => url === name)
const code = (url: string, valueCode: string): Extension => ({ url, valueCode })
const temp = (value: string) => ({ coding: [{ system: SYSTEM.crdTemp, code: value }] })
const both = (value: string) => ({
  coding: [
    { system: SYSTEM.crdCoverageDetail, code: value },
    { system: SYSTEM.crdTemp, code: value },
  ],
})
const reason: Extension = { url: 'reason', valueCodeableConcept: { text: 'Because' } }

/** Sub-extension, its 2.2.1 form, and what older versions hold of it ('same' = no difference, null = nothing). */
const TABLE: readonly {
  name: string
  also?: Extension[]
  newest: Extension[]
  v21: Extension[] | 'same' | null
  v201: Extension[] | 'same' | null
  /** Older forms lead back to the newest without a loss. */
  roundTrip?: 'both' | '2.1' | 'none'
}[] = [
  {
    name: 'coverage',
    newest: [{ url: 'coverage', valueReference: { reference: 'Coverage/x' } }],
    v21: 'same',
    v201: 'same',
  },
  { name: 'covered', newest: [code('covered', 'covered')], v21: 'same', v201: 'same' },
  {
    name: 'covered',
    also: [reason, code('info-needed', 'OTH')],
    newest: [code('covered', 'indeterminate')],
    v21: [code('covered', 'conditional')],
    v201: [code('covered', 'conditional')],
    roundTrip: 'none',
  },
  { name: 'pa-needed', newest: [code('pa-needed', 'no-auth')], v21: 'same', v201: 'same' },
  { name: 'pa-needed', newest: [code('pa-needed', 'performpa')], v21: 'same', v201: 'same' },
  {
    name: 'pa-needed',
    also: [reason, code('info-needed', 'OTH')],
    newest: [code('pa-needed', 'indeterminate')],
    v21: [code('pa-needed', 'conditional')],
    v201: [code('pa-needed', 'conditional')],
    roundTrip: 'none',
  },
  {
    name: 'pa-needed',
    also: [code('covered', 'not-covered')],
    newest: [],
    v21: null,
    v201: [code('pa-needed', 'no-auth')],
  },
  {
    name: 'doc-needed',
    newest: [code('doc-needed', 'clinical'), code('doc-needed', 'admin')],
    v21: 'same',
    v201: [code('doc-needed', 'both')],
  },
  {
    name: 'doc-needed',
    newest: [code('doc-needed', 'patient')],
    v21: 'same',
    v201: [code('doc-needed', 'admin')],
    roundTrip: '2.1',
  },
  { name: 'doc-purpose', also: [reason], newest: [code('doc-purpose', 'withorder')], v21: 'same', v201: 'same' },
  {
    name: 'info-needed',
    also: [code('covered', 'conditional')],
    newest: [code('info-needed', 'performer')],
    v21: 'same',
    v201: 'same',
  },
  {
    name: 'billingCode',
    newest: [{ url: 'billingCode', valueCoding: { system: SYSTEM.hcpcs, code: 'Q5103' } }],
    v21: 'same',
    v201: 'same',
  },
  { name: 'reason', newest: [{ url: 'reason', valueCodeableConcept: temp('gold-card') }], v21: 'same', v201: 'same' },
  {
    name: 'detail',
    newest: [
      {
        url: 'detail',
        extension: [
          code('category', 'cat-limitation'),
          { url: 'code', valueCodeableConcept: both('allowed-quantity') },
          { url: 'value', valueQuantity: { value: 5, unit: 'visits' } },
          { url: 'qualification', valueString: 'per year' },
        ],
      },
    ],
    v21: [
      {
        url: 'detail',
        extension: [
          { url: 'code', valueCodeableConcept: temp('allowed-quantity') },
          { url: 'value', valueQuantity: { value: 5, unit: 'visits' } },
          { url: 'qualification', valueString: 'per year' },
        ],
      },
    ],
    v201: [
      {
        url: 'detail',
        extension: [
          { url: 'code', valueCodeableConcept: temp('allowed-quantity') },
          { url: 'value', valueQuantity: { value: 5, unit: 'visits' } },
          { url: 'qualification', valueString: 'per year' },
        ],
      },
    ],
  },
  {
    name: 'detail',
    newest: [
      {
        url: 'detail',
        extension: [
          code('category', 'cat-other'),
          { url: 'code', valueCodeableConcept: both('policy-link') },
          { url: 'value', valueUrl: 'https://payer.example/policy' },
        ],
      },
    ],
    v21: [
      {
        url: 'detail',
        extension: [
          { url: 'code', valueCodeableConcept: temp('policy-link') },
          { url: 'value', valueUrl: 'https://payer.example/policy' },
        ],
      },
    ],
    v201: [
      {
        url: 'detail',
        extension: [
          { url: 'code', valueCodeableConcept: temp('policy-link') },
          { url: 'value', valueString: 'https://payer.example/policy' },
        ],
      },
    ],
    roundTrip: '2.1',
  },
  {
    name: 'dependency',
    newest: [{ url: 'dependency', valueReference: { reference: 'ServiceRequest/2' } }],
    v21: 'same',
    v201: 'same',
  },
  {
    name: 'questionnaire',
    also: [code('doc-needed', 'clinical')],
    newest: [{ url: 'questionnaire', valueCanonical: 'https://payer.example/Questionnaire/q|1' }],
    v21: 'same',
    v201: 'same',
  },
  { name: 'date', newest: [{ url: 'date', valueDate: '2026-11-01' }], v21: 'same', v201: 'same' },
  {
    name: 'coverage-assertion-id',
    newest: [{ url: 'coverage-assertion-id', valueString: 'A-1' }],
    v21: 'same',
    v201: 'same',
  },
  {
    name: 'satisfied-pa-id',
    also: [code('pa-needed', 'satisfied')],
    newest: [{ url: 'satisfied-pa-id', valueString: 'PA-9' }],
    v21: 'same',
    v201: 'same',
  },
  {
    name: 'contact',
    newest: [{ url: 'contact', valueContactDetail: { telecom: [{ system: 'phone', value: '+1-555-0100' }] } }],
    v21: [{ url: 'contact', valueContactPoint: { system: 'phone', value: '+1-555-0100' } }],
    v201: [{ url: 'contact', valueContactPoint: { system: 'phone', value: '+1-555-0100' } }],
  },
  {
    name: 'expiry-date',
    newest: [{ url: 'expiry-date', valueDate: '2027-01-01' }],
    v21: 'same',
    v201: null,
    roundTrip: '2.1',
  },
]

function written(extension: Extension, version: CrdVersion): Extension {
  const result = downcastCoverageInformation(extension, version)
  if (!result.ok) throw new Error(result.error.reason)
  return result.value.extension
}

describe('the codecs of coverage-information', () => {
  for (const row of TABLE) {
    const whole = information(...(row.also ?? []), ...row.newest)
    const sound = row.newest.length === 0 ? upcastCoverageInformation(whole).extension : whole
    for (const [version, expected] of [
      ['2.1', row.v21],
      ['2.0.1', row.v201],
    ] as const) {
      const label = row.newest.map(({ valueCode }) => valueCode ?? '').join(' ')
      it(`${row.name} ${label} is written for ${version}`, () => {
        expect(only(written(sound, version), row.name)).toEqual(expected === 'same' ? row.newest : (expected ?? []))
      })
      if (row.roundTrip !== 'none' && (row.roundTrip !== '2.1' || version === '2.1'))
        it(`${row.name} ${label} comes back from ${version}`, () => {
          const back = upcastCoverageInformation(written(sound, version)).extension
          expect(only(back, row.name)).toEqual(row.newest)
        })
    }
    it(`${row.name} ${row.newest.map(({ valueCode }) => valueCode ?? '').join(' ')} passes 2.2 unchanged`, () => {
      const { extension, losses } = upcastCoverageInformation(sound)
      expect(extension).toEqual(sound)
      expect(losses).toEqual([])
    })
  }

  it('a statement without an assertion id is not passed on', () => {
    const lacking: Extension = { url: EXT.coverageInformation, extension: REQUIRED.slice(0, 4) }
    expect(downcastCoverageInformation(lacking, '2.0.1')).toEqual({
      ok: false,
      error: { reason: 'required-element-missing', params: { element: 'coverage-assertion-id' } },
    })
  })
})

describe('upcasting what older payers say', () => {
  const changes = (...children: Extension[]): unknown => upcastCoverageInformation(information(...children)).losses

  it('a sub-extension without a value is tolerated and named', () => {
    expect(changes({ url: 'expiry-date' })).toEqual([{ element: 'expiry-date', change: 'no-value' }])
  })
  it('the draft response of 2.0.1 is named as lost', () => {
    expect(changes({ url: 'response', valueReference: { reference: '#qr' } })).toEqual([
      { element: 'response', change: 'removed' },
    ])
  })
  it('the reason detail-code of 2.1 becomes information that is needed', () => {
    const { extension } = upcastCoverageInformation(
      information({ url: 'reason', valueCodeableConcept: temp('detail-code') }, code('covered', 'conditional')),
    )
    expect(only(extension, 'info-needed')).toEqual([code('info-needed', 'detail-code')])
    expect(only(extension, 'reason')).toEqual([])
  })
  it('instructions for clinicians are generalised', () => {
    const detail: Extension = {
      url: 'detail',
      extension: [
        { url: 'code', valueCodeableConcept: temp('instructions-clinical') },
        { url: 'value', valueString: 'Send the last note.' },
      ],
    }
    const { extension, losses } = upcastCoverageInformation(information(detail))
    expect(readCoverageInformation(extension).details[0]).toMatchObject({ category: 'cat-other', code: 'instructions' })
    expect(losses).toEqual([{ element: 'detail.code', change: 'generalised' }])
  })
  it('an unknown sub-extension stays', () => {
    const unknown: Extension = { url: 'https://payer.example/own', valueString: 'x' }
    expect(only(upcastCoverageInformation(information(unknown)).extension, unknown.url)).toEqual([unknown])
  })
  it('conditional without what is needed says other, with no words put in the payer’s mouth', () => {
    const { extension, losses } = upcastCoverageInformation(information(code('covered', 'conditional')))
    expect(only(extension, 'info-needed')).toEqual([code('info-needed', 'OTH')])
    expect(readCoverageInformation(extension).reasons[0]?.text).toBeUndefined()
    expect(losses.map(({ element }) => element)).toEqual(['info-needed', 'reason'])
  })
  it('not-covered leaves no room for pa-needed', () => {
    expect(changes(code('covered', 'not-covered'), code('pa-needed', 'no-auth'))).toEqual([])
    expect(changes(code('covered', 'not-covered'), code('pa-needed', 'auth-needed'))).toEqual([
      { element: 'pa-needed', change: 'removed' },
    ])
  })
  it('does not touch its argument', () => {
    const before = information(code('doc-needed', 'both'), { url: 'contact', valueContactPoint: { value: 'x' } })
    const copy = structuredClone(before)
    upcastCoverageInformation(before)
    expect(before).toEqual(copy)
  })
})

describe('invariants of coverage-information', () => {
  const broken = (...children: Extension[]): string[] =>
    listBrokenInvariants(readCoverageInformation(information(...children)))
  it.each([
    ['crd-ci-q1', [{ url: 'questionnaire', valueCanonical: 'https://payer.example/q' }]],
    ['crd-ci-q2', [code('covered', 'not-covered')]],
    ['crd-ci-q3', [code('covered', 'conditional')]],
    ['crd-ci-q5', [code('pa-needed', 'satisfied')]],
    ['crd-ci-q6', [code('info-needed', 'OTH')]],
    ['crd-ci-q8', [code('doc-purpose', 'withclaim')]],
    ['crd-ci-q9', [code('covered', 'indeterminate')]],
  ] as const)('%s is a warning', (id, children) => {
    expect(broken(...children)).toContain(id)
  })
  it('a sound statement breaks none', () => {
    expect(broken()).toEqual([])
  })
  it('documentation with the authorization, the commonest case, is no fault', () => {
    expect(broken(code('doc-purpose', 'withpa'), reason)).toEqual([])
  })
})

describe('the official CRD 2.0.1 examples', () => {
  const examples = readSharedPackage('hl7.fhir.us.davinci-crd-2.0.1', 'package/example/')
  const annotated = [...examples].flatMap(([path, resource]) =>
    listCoverageInformation(resource as { extension?: Extension[] }).map((extension) => ({ path, extension })),
  )
  it.skipIf(examples.size === 0)(
    'every annotation is read, and back in 2.0.1 says the same (needs ../shared/data)',
    () => {
      expect(annotated.length).toBeGreaterThan(0)
      for (const { extension } of annotated) {
        const upcast = upcastCoverageInformation(extension).extension
        const read = readCoverageInformation(upcast)
        expect(read.assertionId).not.toBeNull()
        const again = readCoverageInformation(upcastCoverageInformation(written(upcast, '2.0.1')).extension)
        expect(again).toEqual(read)
      }
    },
  )
})
