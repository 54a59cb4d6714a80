/** `$inquire` at our PAS server: by number, item, patient; from the store where it knows, else from the payer (pas.md §4). */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Bundle, Claim, ClaimItem, ClaimResponse, Parameters } from 'fhir/r4'
import { EXT, PROFILE, SYSTEM } from '#domain/fhir/canonical.ts'
import { newRequest, openFixture, OTHER_CLIENT, PAYER, TENANT, type Fixture } from '../support/intermediary-fixture.ts'

let at: Fixture
let token: string
let other: string

beforeAll(async () => {
  at = await openFixture()
  token = await at.token()
  other = await at.token(undefined, OTHER_CLIENT)
})
afterAll(() => at.close())
beforeEach(() => {
  Object.assign(at.payer, { behavior: 'answer', knowsByInquiry: false })
  at.payer.inquiries.length = 0
})

async function post(operation: string, body: unknown, bearer = token): Promise<{ status: number; json: Parameters }> {
  const answer = await fetch(`${at.baseUrl}/pas/2.2/fhir/Claim/$${operation}`, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json', authorization: `Bearer ${bearer}` },
    body: JSON.stringify(body),
  })
  return { status: answer.status, json: (await answer.json()) as Parameters }
}

/** A request of a member of its own, sent and answered. */
async function known(change: (text: string) => string = (text) => text): Promise<{ member: string; bundle: Bundle }> {
  const member = `M${randomUUID().slice(0, 8)}`
  const bundle = JSON.parse(change(JSON.stringify(newRequest().bundle).replaceAll('CSA100001', member))) as Bundle
  expect((await post('submit', bundle)).status).toBe(200)
  return { member, bundle }
}

const claimOf = (bundle: Bundle): Claim => bundle.entry?.[0]?.resource as Claim

/** The inquiry by example for a request; `change` what it asks. */
function inquiry(of: Bundle, change: (claim: Claim) => Claim): Bundle {
  const claim = structuredClone(claimOf(of))
  const { item: _item, related: _related, supportingInfo: _info, diagnosis: _diagnosis, ...rest } = claim
  const meta = { profile: [PROFILE.pasClaimInquiry] }
  const asked = change({ ...rest, meta, identifier: [{ system: 'urn:trnorg:1', value: randomUUID() }], careTeam: [] })
  if (asked.careTeam?.length === 0) delete asked.careTeam
  return {
    ...of,
    meta: { profile: [PROFILE.pasInquiryRequestBundle] },
    identifier: { system: 'urn:x', value: randomUUID() },
    entry: [{ ...of.entry![0], resource: asked }, ...of.entry!.slice(1)],
  }
}
const returned = ({ parameter }: Parameters): ClaimResponse[] =>
  (parameter ?? []).map(({ resource }) => (resource as Bundle).entry?.[0]?.resource as ClaimResponse)
const requestedBy = (responses: ClaimResponse[]) => responses.map(({ request }) => request?.identifier?.value)

const traceOf = (bundle: Bundle) => claimOf(bundle).item?.[0]?.extension?.find(({ url }) => url === EXT.itemTraceNumber)
const item = (extension: ClaimItem['extension'] = [], change: Partial<ClaimItem> = {}): ClaimItem => ({
  ...(extension.length > 0 ? { extension } : {}),
  sequence: 1,
  productOrService: { coding: [{ system: SYSTEM.dataAbsentReason, code: 'not-applicable' }] },
  ...change,
})

describe('an inquiry that the store can answer', () => {
  it('finds by an item trace number, and asks no payer', async () => {
    const { bundle } = await known()
    const found = await post(
      'inquire',
      inquiry(bundle, (claim) => ({ ...claim, item: [item([traceOf(bundle)!])] })),
    )
    expect(found.status).toBe(200)
    expect(requestedBy(returned(found.json))).toEqual([claimOf(bundle).identifier?.[0]?.value])
    expect(found.json.parameter?.[0]?.name).toBe('return')
    expect(at.payer.inquiries).toEqual([])
  })

  it('finds by an authorization number', async () => {
    const { bundle } = await known()
    const ask = (valueString: string) =>
      post(
        'inquire',
        inquiry(bundle, (claim) => ({
          ...claim,
          extension: [...(claim.extension ?? []), { url: EXT.authorizationNumber, valueString }],
        })),
      )
    expect(returned((await ask('AUTH-2')).json)).toHaveLength(1)
    expect(at.payer.inquiries).toEqual([])
    expect(returned((await ask('AUTH-77')).json)).toHaveLength(0)
    expect(at.payer.inquiries).toHaveLength(1)
  })

  it('finds by code and day', async () => {
    const { bundle } = await known()
    const [first] = claimOf(bundle).item!
    const { productOrService } = first!
    const ask = (change: Partial<ClaimItem>) =>
      post(
        'inquire',
        inquiry(bundle, (claim) => ({ ...claim, item: [item([], { productOrService, ...change })] })),
      )
    expect(returned((await ask({})).json)).toHaveLength(1)
    expect(returned((await ask({ servicedDate: '1999-01-01' })).json)).toHaveLength(0)
  })

  it('is open to another system with the member’s id and a provider of the request, to nobody else', async () => {
    const { bundle } = await known()
    const ask = (text: (json: string) => string) => {
      const asked = inquiry(bundle, (claim) => ({ ...claim, item: [item([traceOf(bundle)!])] }))
      return post('inquire', JSON.parse(text(JSON.stringify(asked))), other)
    }
    expect(returned((await ask((json) => json)).json)).toHaveLength(1)
    const strangers = (json: string) =>
      json.replaceAll('1234567893', '1245319599').replaceAll('1003000126', '1245319599')
    expect(returned((await ask(strangers)).json)).toHaveLength(0)
    const { member } = await known()
    const otherMember = (json: string) => json.replaceAll(/M[0-9a-f]{8}/g, member)
    expect(returned((await ask(otherMember)).json)).toHaveLength(0)
  })

  it('gives the pended state too, and the decision once it was notified', async () => {
    at.payer.behavior = 'pend'
    const { bundle } = await known()
    const ask = async () => {
      const asked = inquiry(bundle, (claim) => ({ ...claim, item: [item([traceOf(bundle)!])] }))
      return JSON.stringify(returned((await post('inquire', asked)).json))
    }
    expect(await ask()).toContain('"A4"')
    await at.payer.notify(claimOf(bundle).identifier?.[0]?.value ?? '', 'A1')
    await at.until(async () => (await ask()).includes('"A1"'))
    expect(at.payer.inquiries).toEqual([])
  })
})

describe('an inquiry that the store cannot answer alone', () => {
  it('asks the payer for what nobody sent through here', async () => {
    const { bundle } = newRequest()
    const found = await post(
      'inquire',
      inquiry(bundle, (claim) => ({ ...claim, item: [item([traceOf(bundle)!])] })),
    )
    expect([found.status, found.json.resourceType, found.json.parameter]).toEqual([200, 'Parameters', undefined])
    expect(at.payer.inquiries).toHaveLength(1)
  })

  it('asks the payer, too, for everything of a member, and falls back to what it knows', async () => {
    const { bundle } = await known()
    const broad = inquiry(bundle, (claim) => claim)
    expect(returned((await post('inquire', broad)).json)).toHaveLength(1)
    expect(at.payer.inquiries).toHaveLength(1)
  })

  it('gives the current authorization for the number of one that was replaced', async () => {
    const { bundle, member } = await known()
    const prior = claimOf(bundle).identifier?.[0]?.value ?? ''
    const rows = await at.store.read((tx) =>
      at.store.submissions.listByMember(tx, { tenant: TENANT, payerId: PAYER }, [member]),
    )
    const second = await known((text) => text.replaceAll(/M[0-9a-f]{8}/g, member))
    const [newest] = await at.store.read((tx) =>
      at.store.submissions.listByMember(tx, { tenant: TENANT, payerId: PAYER }, [member]),
    )
    await at.store.transaction((tx) => at.store.submissions.update(tx, newest!, { priorClaim: prior }))
    expect(rows).toHaveLength(1)
    const found = await post(
      'inquire',
      inquiry(bundle, (claim) => ({ ...claim, item: [item([traceOf(bundle)!])] })),
    )
    expect(requestedBy(returned(found.json))).toEqual([claimOf(second.bundle).identifier?.[0]?.value])
  })
})

describe('an inquiry about what we pended ourselves', () => {
  const pendedByUs = async () => {
    Object.assign(at.payer, { behavior: 'drop-after-processing', deduplicates: false })
    const { bundle } = await known()
    const byTrace = inquiry(bundle, (claim) => ({ ...claim, item: [item([traceOf(bundle)!])] }))
    return { bundle, byTrace }
  }
  const isPended = (response: ClaimResponse | undefined): boolean => JSON.stringify(response).includes('"A4"')

  it('is answered by our own A4 while the payer has nothing (spec-73)', async () => {
    const { bundle, byTrace } = await pendedByUs()
    const found = await post('inquire', byTrace)
    expect(found.status).toBe(200)
    expect(requestedBy(returned(found.json))).toEqual([claimOf(bundle).identifier?.[0]?.value])
    expect(isPended(returned(found.json)[0])).toBe(true)
  })

  it('is answered by the payer as soon as that has a word, and once', async () => {
    const { byTrace } = await pendedByUs()
    at.payer.knowsByInquiry = true
    const found = returned((await post('inquire', byTrace)).json)
    expect(found).toHaveLength(1)
    expect(isPended(found[0])).toBe(false)
  })

  it('is open to nobody else', async () => {
    const { bundle } = await pendedByUs()
    const stranger = JSON.parse(
      JSON.stringify(inquiry(bundle, (claim) => ({ ...claim, item: [item([traceOf(bundle)!])] }))).replaceAll(
        /"1\d{9}"/g,
        '"1679576722"',
      ),
    ) as Bundle
    expect(returned((await post('inquire', stranger)).json)).toEqual([])
  })
})
