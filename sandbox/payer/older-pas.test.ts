/** PAS 2.0.1 at a base of its own (spec pas.md §13). */
import type { Bundle, Claim, ClaimResponse, FhirResource, OperationOutcome, Parameters, Subscription } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXT } from '../../src/domain/fhir/canonical.ts'
import { readExtension } from '../../src/domain/fhir/extension.ts'
import { loadRequest, startTestPayer, until, type TestPayer } from './test-support.ts'

let payer: TestPayer
beforeAll(async () => {
  payer = await startTestPayer()
})
afterAll(() => payer.close())

const post = async <T = Bundle<FhirResource>>(path: string, body: unknown): Promise<{ status: number; json: T }> => {
  const answer = await fetch(`${payer.url}/pas/2.0/fhir/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json', authorization: `Bearer ${await payer.token()}` },
    body: JSON.stringify(body),
  })
  return { status: answer.status, json: (await answer.json()) as T }
}
const claimOf = (bundle: Bundle<FhirResource>): Claim => bundle.entry?.[0]?.resource as Claim
const answerOf = (bundle: Bundle<FhirResource>): ClaimResponse => bundle.entry?.[0]?.resource as ClaimResponse

let count = 0
/** The fixture as a 2.0.1 client writes it, under identifiers and a member number of its own. */
async function olderRequest(memberId: string, edit: (claim: Claim) => void = () => undefined) {
  const name = `CLAIM-OLD-${++count}`
  const text = JSON.stringify(await loadRequest())
    .replaceAll('CSA100001', memberId)
    .replaceAll('CLAIM-1', name)
  const bundle = JSON.parse(text) as Bundle<FhirResource>
  bundle.identifier = { system: 'https://client.example/bundle', value: name }
  const claim = claimOf(bundle)
  claim.extension = (claim.extension ?? []).filter(({ url }) => url !== EXT.transmissionIdentifiers)
  for (const item of claim.item ?? []) {
    item.extension = (item.extension ?? []).filter(({ url }) => url !== EXT.requestType)
    delete item.locationCodeableConcept
  }
  edit(claim)
  return bundle
}

describe('the 2.0.1 base of a payer', () => {
  it('says which version it is', async () => {
    const statement = (await (await fetch(`${payer.url}/pas/2.0/fhir/metadata`)).json()) as {
      implementation: { url: string }
      implementationGuide: string[]
    }
    expect(statement.implementation.url).toBe(`${payer.url}/pas/2.0/fhir`)
    expect(statement.implementationGuide[0]).toContain('|2.0.1')
  })

  it('takes what 2.2.1 refuses, and refuses what is 2.2.1 alone', async () => {
    const bundle = await olderRequest('CSA100009')
    expect((await payer.fhir('Claim/$submit', bundle)).status).toBe(400)
    expect((await post('Claim/$submit', bundle)).status).toBe(200)
    const named = { relationship: { coding: [{ code: 'prior' }] }, claim: { identifier: { value: 'CLAIM-0' } } }
    const update = await olderRequest('CSA100009', (claim) => void (claim.related = [named]))
    const refused = await post<OperationOutcome>('Claim/$submit', update)
    expect(refused.status).toBe(400)
    expect(refused.json.issue[0]?.expression).toEqual(['Bundle.entry[0].resource.related[0].relationship'])
  })

  it('says what is granted in the line itself, and adds no line', async () => {
    const answer = answerOf((await post('Claim/$submit', await olderRequest('CSC000005'))).json)
    const [first] = answer.item ?? []
    expect(answer).not.toHaveProperty('addItem')
    expect(answer.extension ?? []).toEqual([])
    const granted = readExtension(readExtension(first, EXT.itemAuthorizedDetail), 'quantity')?.valueQuantity?.value
    const asked = claimOf(await olderRequest('CSC000005')).item?.[0]?.quantity?.value ?? 0
    expect(granted).toBe(Math.floor(asked / 2))
  })

  it('queues what it pends, names the decision alone to who asked for no more, and tells it when it is asked', async () => {
    const backport = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition'
    const subscription = {
      resourceType: 'Subscription',
      status: 'requested',
      reason: 'Answers',
      criteria: 'http://hl7.org/fhir/us/davinci-pas/SubscriptionTopic/PASSubscriptionTopic',
      _criteria: { extension: [{ url: `${backport}/backport-filter-criteria`, valueString: 'identifier=PRECERT01' }] },
      channel: {
        type: 'rest-hook',
        endpoint: `${payer.clientUrl}/notify`,
        payload: 'application/fhir+json',
        _payload: { extension: [{ url: `${backport}/backport-payload-content`, valueCode: 'id-only' }] },
        header: ['Authorization: Bearer older'],
      },
    }
    expect((await payer.fhir('Subscription', subscription)).status).toBe(422)
    expect((await post<Subscription>('Subscription', subscription)).status).toBe(201)
    await until(() => payer.notifications.length === 1)
    const request = await olderRequest('CSP200009')
    const pended = (await post('Claim/$submit', request)).json
    expect(answerOf(pended).outcome).toBe('queued')
    const event = await until(() => payer.notifications[1])
    expect(event.body.entry).toHaveLength(1)
    const said = (event.body.entry?.[0]?.resource as Parameters).parameter?.at(-1)?.part
    expect(said?.find(({ name }) => name === 'focus')?.valueReference?.reference).toBe(pended.entry?.[0]?.fullUrl)

    const inquiry = structuredClone(request)
    delete claimOf(inquiry).identifier
    const told = await post('Claim/$inquire', inquiry)
    expect([told.status, told.json.resourceType, told.json.type]).toEqual([200, 'Bundle', 'collection'])
    expect(answerOf(told.json).outcome).toBe('complete')
    delete claimOf(inquiry).item
    expect((await post('Claim/$inquire', inquiry)).status).toBe(400)
  })

  it('answers an update as far as it goes, marked as a part; an inquiry gives the whole, once', async () => {
    const first = await olderRequest('CSA100008')
    await post('Claim/$submit', first)
    const update = await olderRequest('CSA100008', (claim) => {
      const related = { coding: [{ code: 'replaces' }] }
      claim.related = [{ relationship: related, claim: { identifier: claimOf(first).identifier?.[0] ?? {} } }]
      claim.item?.[0]?.extension?.push({ url: EXT.infoChanged, valueCode: 'changed' })
    })
    const part = answerOf((await post('Claim/$submit', update)).json)
    expect(part.item?.map(({ itemSequence }) => itemSequence)).toEqual([1])
    expect(part.meta?.tag?.[0]?.code).toBe('SUBSETTED')
    const whole = (await post('Claim/$inquire', update)).json
    const answers = (whole.entry ?? []).filter(({ resource }) => resource?.resourceType === 'ClaimResponse')
    expect(answers).toHaveLength(1)
    expect(answerOf(whole).item?.length).toBe(claimOf(update).item?.length)
  })
})
