import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bundle, Claim, Coverage, FhirResource, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { decideByPolicy } from './decide.ts'
import { parsePasRequest, type PasRequest } from './pas-request.ts'
import { loadQuestionnaire } from './payer-questionnaire.ts'
import { QUESTIONNAIRE_DIR } from './test-support.ts'
import type { Verdict } from './verdict.ts'

const FIXTURE = readFileSync(join(import.meta.dirname, 'fixtures/pas-request.json'), 'utf8')
const own = loadQuestionnaire(QUESTIONNAIRE_DIR)

/** The fixture request after answers were changed (null: unanswered) and the bundle edited. */
function request(
  answers: Record<string, object | null> = {},
  edit: (bundle: Bundle<FhirResource>) => void = () => undefined,
): PasRequest {
  const bundle = JSON.parse(FIXTURE) as Bundle<FhirResource>
  const walk = (items: QuestionnaireResponseItem[] | undefined): void =>
    items?.forEach((item) => {
      const change = answers[item.linkId]
      if (change === null) delete item.answer
      else if (change !== undefined) item.answer = [{ extension: item.answer?.[0]?.extension ?? [], ...change }]
      walk(item.item)
    })
  walk((bundle.entry!.at(-1)!.resource as QuestionnaireResponse).item)
  edit(bundle)
  const parsed = parsePasRequest(JSON.stringify(bundle), 'submit')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value
}
const decide = (asked: PasRequest): Verdict => decideByPolicy(asked, own, '2026-11-22')
const actions = (verdict: Verdict): string[] =>
  verdict.kind === 'rejected' ? [] : verdict.lines.map((line) => line.action)
const snomed = (code: string): object => ({ valueCoding: { system: 'http://snomed.info/sct', code } })
const dose = (value: number): object => ({
  valueQuantity: { value, unit: 'mg/kg', system: 'http://unitsofmeasure.org', code: 'mg/kg' },
})

describe('decideByPolicy', () => {
  it('approves every line where every criterion is met', () => {
    expect(decide(request())).toMatchObject({ kind: 'decided', byHuman: false })
    expect(actions(decide(request()))).toEqual(['A1', 'A1', 'A1'])
  })

  it.each([
    ['too short a conventional treatment', { 'trial.conventional3mo': { valueBoolean: false } }],
    ['mild disease', { severity: snomed('255604002') }],
    ['a positive surface antigen', { 'hbv.sAg': snomed('10828004') }],
    ['an old tuberculosis test', { 'tb.date': { valueDate: '2024-01-10' } }],
    ['an active infection', { 'infection.active': { valueBoolean: true } }],
  ])('denies every line with reason and words for %s', (_what, answers) => {
    const verdict = decide(request(answers))
    expect(actions(verdict)).toEqual(['A3', 'A3', 'A3'])
    expect(verdict).toMatchObject({
      kind: 'decided',
      lines: [{ reasons: [expect.stringMatching(/^0/)], notes: [expect.any(String)] }, {}, {}],
    })
  })

  it('pends and asks by LOINC for a screening result that is missing', () => {
    const verdict = decide(request({ 'tb.result': null, 'tb.date': null }))
    expect(actions(verdict)).toEqual(['A4', 'A4', 'A4'])
    expect(verdict).toMatchObject({ needs: [{ loinc: '71773-6' }] })
  })
  it('holds for a person what it cannot judge and nothing can be asked for', () => {
    expect(decide(request({ severity: null }))).toMatchObject({ kind: 'pended', needs: [] })
  })
  it('denies what fails even where something else is missing', () => {
    expect(actions(decide(request({ 'tb.result': null, 'infection.active': { valueBoolean: true } })))).toEqual([
      'A3',
      'A3',
      'A3',
    ])
  })
  it('asks for the questionnaire where the request brings none', () => {
    const bare = request({}, (bundle) => {
      bundle.entry!.pop()
      const claim = bundle.entry![0]!.resource as Claim
      delete claim.supportingInfo
      claim.item!.forEach((item) => delete item.informationSequence)
    })
    expect(decide(bare)).toMatchObject({ kind: 'pended', needs: [{ loinc: '102089-0' }] })
  })

  it('allows 5 mg/kg of 10 at the start, in whole units', () => {
    const verdict = decide(
      request(
        { 'drug.dose': dose(10) },
        (bundle) => void ((bundle.entry![0]!.resource as Claim).item![0]!.quantity!.value = 355),
      ),
    )
    expect(actions(verdict)).toEqual(['A6', 'A1', 'A1'])
    expect(verdict).toMatchObject({ lines: [{ allowed: 178, reasons: ['0L'] }, {}, {}] })
  })
  it('pays no further hour under the marketplace plan', () => {
    const market = (bundle: Bundle<FhirResource>): void =>
      void ((bundle.entry![2]!.resource as Coverage).class![0]!.value = 'OH-MKT')
    expect(actions(decide(request({}, market)))).toEqual(['A1', 'A1', 'A3'])
  })
  it('allows one further hour of each infusion elsewhere', () => {
    const more = (bundle: Bundle<FhirResource>): void =>
      void ((bundle.entry![0]!.resource as Claim).item![2]!.quantity!.value = 10)
    expect(decide(request({}, more))).toMatchObject({ lines: [{}, {}, { action: 'A6', allowed: 5 }] })
  })
})
