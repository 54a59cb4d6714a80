import type { Bundle, FhirResource, Parameters, QuestionnaireResponse } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadRequest, startTestPayer, type TestPayer } from './test-support.ts'

const OWN = 'https://caresource.example/fhir/Questionnaire/cs-infusion|1.0.0'

let payer: TestPayer
let coverage: FhirResource
let order: FhirResource
beforeAll(async () => {
  payer = await startTestPayer()
  const request = await loadRequest()
  coverage = request.entry![2]!.resource!
  order = request.entry![7]!.resource!
})
afterAll(() => payer.close())

const ask = (parameter: unknown[]): Promise<Response> =>
  payer.fhir('Questionnaire/$questionnaire-package', { resourceType: 'Parameters', parameter })
const about = (...more: unknown[]): unknown[] => [{ name: 'coverage', resource: coverage }, ...more]
const packagesOf = (answer: Parameters): Bundle[] =>
  (answer.parameter ?? []).filter((one) => one.name === 'packagebundle').map((one) => one.resource as Bundle)

describe('$questionnaire-package', () => {
  it('hands out the form first, a draft bound to order and coverage, and the value sets', async () => {
    const answer = (await (await ask(about({ name: 'order', resource: order }))).json()) as Parameters
    const [bundle, ...more] = packagesOf(answer)
    expect(more).toEqual([])
    const types = bundle?.entry?.map((entry) => entry.resource?.resourceType)
    expect(types?.slice(0, 2)).toEqual(['Questionnaire', 'QuestionnaireResponse'])
    expect(types?.filter((type) => type === 'ValueSet').length).toBeGreaterThan(0)
    const draft = bundle?.entry?.[1]?.resource as QuestionnaireResponse
    expect(draft).toMatchObject({
      status: 'in-progress',
      questionnaire: OWN,
      subject: coverage.resourceType === 'Coverage' ? coverage.beneficiary : {},
    })
    expect(
      draft.extension?.map((one) => one.valueReference?.reference ?? one.valueCodeableConcept?.coding?.[0]?.code),
    ).toEqual(['Coverage/maya-okafor-1', 'MedicationRequest/m1', 'withpa'])
  })
  it('warns of a canonical it does not know, and says so where nothing is needed', async () => {
    const unknown = (await (
      await ask(about({ name: 'questionnaire', valueCanonical: 'http://x.example/Questionnaire/y|1' }))
    ).json()) as Parameters
    expect(unknown.parameter?.map((one) => one.name)).toEqual(['outcome'])
    const free = {
      ...order,
      medicationCodeableConcept: { coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '1256' }] },
    }
    const none = (await (await ask(about({ name: 'order', resource: free }))).json()) as Parameters
    expect(none.parameter?.map((one) => one.name)).toEqual(['outcome'])
  })
  it('hands nothing out where nothing has changed since', async () => {
    const answer = (await (
      await ask(
        about(
          { name: 'questionnaire', valueCanonical: OWN },
          { name: 'changedsince', valueInstant: '2099-01-01T00:00:00Z' },
        ),
      )
    ).json()) as Parameters
    expect(packagesOf(answer)).toEqual([])
  })
  it('answers 404 to a coverage or a context it does not know, and 400 to what is no input', async () => {
    const bare = { ...coverage, identifier: undefined }
    expect(
      (
        await ask([
          { name: 'coverage', resource: bare },
          { name: 'order', resource: order },
        ])
      ).status,
    ).toBe(404)
    expect((await ask(about({ name: 'context', valueString: 'nobody said this' }))).status).toBe(404)
    for (const wrong of [
      about(),
      [{ name: 'order', resource: order }],
      about({ name: 'order', resource: order }, { name: 'surprise', valueString: 'x' }),
    ]) {
      const answer = await ask(wrong)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ resourceType: 'OperationOutcome' })
    }
  })
  it('takes the trace number of a request that waits for the form as context', async () => {
    await payer.fhir('Claim/$submit', await loadRequest())
    expect((await ask(about({ name: 'context', valueString: 'CSOH-REF-000001' }))).status).toBe(200)
  })
})
