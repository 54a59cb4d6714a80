import type { Bundle, Subscription } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPayer, until, type TestPayer } from './test-support.ts'

let payer: TestPayer
beforeAll(async () => {
  payer = await startTestPayer()
})
afterAll(() => payer.close())

type Json = Record<string, unknown>
const channel =
  (change: Json) =>
  (subscription: Json): Json => ({ ...subscription, channel: { ...(subscription['channel'] as Json), ...change } })
const filter =
  (valueString: string) =>
  (subscription: Json): Json => ({
    ...subscription,
    _criteria: {
      extension: [
        {
          url: 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria',
          valueString,
        },
      ],
    },
  })
const get = async (path: string): Promise<Response> =>
  fetch(`${payer.url}/fhir/${path}`, { headers: { authorization: `Bearer ${await payer.token()}` } })

describe('Subscription', () => {
  it('is created as requested with its headers kept, shaken hands with, and then active', async () => {
    const created = await payer.subscribe()
    const subscription = (await created.json()) as Subscription & { id: string }
    expect(created.status).toBe(201)
    expect(subscription).toMatchObject({
      status: 'requested',
      channel: { header: ['Authorization: Bearer notify-secret'] },
    })
    const handshake = await until(() => payer.notifications[0])
    expect(handshake.body.entry?.[0]?.request?.url).toMatch(new RegExp(`Subscription/${subscription.id}/\\$status$`))
    await until(
      async () => ((await (await get(`Subscription/${subscription.id}`)).json()) as Subscription).status === 'active',
    )
    const status = (await (await get(`Subscription/${subscription.id}/$status`)).json()) as Bundle
    expect(status.type).toBe('searchset')
    const removed = await payer.fhir(`Subscription/${subscription.id}`, undefined, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${await payer.token()}` },
      body: null,
    })
    expect(removed.status).toBe(204)
    expect((await get(`Subscription/${subscription.id}`)).status).toBe(404)
  })
  it.each([
    ['another topic', 422, (subscription: Json) => ({ ...subscription, criteria: 'http://x.example/topic' })],
    [
      'id-only content',
      422,
      channel({
        _payload: {
          extension: [
            {
              url: 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content',
              valueCode: 'id-only',
            },
          ],
        },
      }),
    ],
    ['a websocket', 422, channel({ type: 'websocket' })],
    ['an endpoint elsewhere', 422, channel({ endpoint: 'http://elsewhere.example/notify' })],
    ['a filter it does not know', 422, filter('patient=Patient/1')],
    ['a sender of somebody else', 403, filter('org-identifier=SOMEBODY')],
  ])('is refused with %s', async (_what, status, edit) => {
    expect((await payer.subscribe(edit)).status).toBe(status)
  })
  it('is an error where the handshake fails', async () => {
    const created = await payer.subscribe(channel({ endpoint: `${payer.clientUrl}/nowhere` }))
    const { id } = (await created.json()) as { id: string }
    await until(async () => ((await (await get(`Subscription/${id}`)).json()) as Subscription).status === 'error')
  })
})
