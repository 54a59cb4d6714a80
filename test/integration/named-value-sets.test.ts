/** Value sets that a form names by an expression, and that its package leaves out: had from where they can be had, or said. */
import type { Questionnaire, ValueSet } from 'fhir/r4'
import { afterEach, describe, expect, it } from 'vitest'
import { issues, readItem } from '#domain/dtr/form/form-state.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { at, open, seen } from '../support/adaptive-form.ts'
import { openFormRoom, packagesOf, ROOM_NOW, type FormRoom, type PayerReply } from '../support/form-room.ts'

const TERMINOLOGY = 'https://tx.example/fhir'
const CANONICAL = 'https://payer.example/vs/device-1'
const questionnaire: Questionnaire = {
  resourceType: 'Questionnaire',
  id: 'q',
  url: 'https://payer.example/q',
  title: 'A form',
  status: 'active',
  extension: [{ url: EXT.coreTerminologyServer, valueUrl: TERMINOLOGY }],
  item: [
    { linkId: 'kind', type: 'string', text: 'Kind', initial: [{ valueString: 'device-1' }] },
    {
      linkId: 'device',
      type: 'choice',
      text: 'Device',
      _answerValueSet: {
        extension: [
          {
            url: EXT.cqfExpression,
            valueExpression: {
              language: 'text/fhirpath',
              expression: "'https://payer.example/vs/' + %resource.item.where(linkId = 'kind').answer.value",
            },
          },
        ],
      },
    },
  ],
}
const expansion = (total: number): ValueSet => ({
  resourceType: 'ValueSet',
  status: 'active',
  expansion: {
    timestamp: ROOM_NOW,
    total,
    contains: [{ system: 'https://payer.example/cs', code: 'E0470', display: 'Respiratory device' }],
  },
})

let room: FormRoom
afterEach(() => room.close())
const openCase = async (expand: (server: string | null) => PayerReply): Promise<string> => {
  room = await openFormRoom({
    dtr: { terminologyServers: [TERMINOLOGY] },
    answer: ({ operation, url }) => (operation === 'expand' ? expand(url) : { body: packagesOf(questionnaire) }),
  })
  return room.openCase()
}
const expanded = () => room.calls.filter(({ operation }) => operation === 'expand')

describe('a value set that an expression names', () => {
  it('is had from the server that the form prefers, and its codes are offered', async () => {
    const caseId = await openCase(() => ({ body: expansion(1) }))
    expect(expanded().map(({ url }) => url)).toEqual([TERMINOLOGY])
    expect(decodeURIComponent(String(expanded()[0]?.request))).toContain(CANONICAL)
    const state = open(await seen(room, caseId))
    expect(readItem(state, 'device')).toMatchObject({ expansion: 'given', options: [{ label: 'Respiratory device' }] })
    expect(issues(state)).toEqual([])
  })
  it('is had from the payer where no terminology server has it', async () => {
    const caseId = await openCase((server) => (server === null ? { body: expansion(1) } : { status: 500 }))
    expect(expanded().map(({ url }) => url)).toEqual([TERMINOLOGY, null])
    expect(readItem(open(await seen(room, caseId)), 'device')?.options).toHaveLength(1)
  })
  it('is an issue of its item, and said of the form, where nobody has it', async () => {
    const caseId = await openCase(() => ({ status: 500 }))
    const view = await seen(room, caseId)
    expect(view).toMatchObject({
      status: 'in-progress',
      notices: [{ key: 'form.notice.missing-value-set', params: { name: CANONICAL } }],
    })
    expect(issues(open(view))).toMatchObject([
      { itemKey: 'device', severity: 'warning', message: { key: 'form.issue.value-set-missing' } },
    ])
    const found = await room.forms.options(at(room, caseId), { linkId: 'device', filter: 'resp' })
    expect(found).toMatchObject({ ok: false, error: { reason: 'options-unavailable' } })
  })
  it('is searched by what is typed where it is too large to list', async () => {
    const caseId = await openCase(() => ({ body: expansion(900) }))
    expect(readItem(open(await seen(room, caseId)), 'device')).toMatchObject({ expansion: 'wanted', options: [] })
    const found = await room.forms.options(at(room, caseId), { linkId: 'device', filter: 'resp' })
    expect(found).toMatchObject({ ok: true, value: { complete: false, options: [{ code: 'E0470' }] } })
    expect(String(expanded().at(-1)?.request)).toContain('filter=resp')
  })
})
