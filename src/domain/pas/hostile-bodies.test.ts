/** Mutated messages: whatever a partner sends, readers and checks give a value, never an exception. */
import type { Bundle } from 'fhir/r4'
import fc from 'fast-check'
import { profileSet } from '../../../test/support/profile-set.ts'
import { describe, expect, it } from 'vitest'
import { buildClaimResponse } from '../../../test/support/claim-response.ts'
import { pasRequestInput } from '../../../test/support/pas-request.ts'
import { readNotification } from './notification.ts'
import { readPasRequest } from './pas-request.ts'
import { buildPasRequestBundle } from './request-bundle.ts'
import { readPasResponses } from './read-pas-response.ts'
import { validatePasInquiryBundle, validatePasRequestBundle } from './validate-request-bundle.ts'

type Slot = { owner: Record<string, unknown>; name: string }

function slots(node: unknown, found: Slot[] = []): Slot[] {
  if (typeof node !== 'object' || node === null) return found
  for (const name of Object.keys(node)) {
    found.push({ owner: node as Record<string, unknown>, name })
    slots((node as Record<string, unknown>)[name], found)
  }
  return found
}

const JUNK = [null, 0, -1, '', 'x', true, [], {}, [null], [[]], { a: 1 }, ['x'], { reference: '#' }, { coding: [null] }]
const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: -1, max: JUNK.length - 1 })), {
  minLength: 1,
  maxLength: 4,
})

/** The message with some elements removed or replaced by something else. */
function mutate(message: unknown, changes: readonly (readonly [number, number])[]): unknown {
  const copy: unknown = structuredClone(message)
  for (const [at, junk] of changes) {
    const all = slots(copy)
    const slot = all[at % Math.max(1, all.length)]
    if (slot === undefined) continue
    if (junk < 0) delete slot.owner[slot.name]
    else slot.owner[slot.name] = structuredClone(JUNK[junk])
  }
  return JSON.parse(JSON.stringify(copy)) as unknown
}

const built = buildPasRequestBundle(pasRequestInput())
const request = built.ok ? built.value.bundle : {}
const response = {
  resourceType: 'Bundle',
  type: 'collection',
  entry: [
    {
      resource: buildClaimResponse(
        {
          items: [[1, 'A6', 'N1', 'R1']],
          added: [[1, 'A1', null, 3]],
          asked: 5,
          errors: ['15'],
          root: ['A1', 'N', null],
        },
        '2.2.1',
      ),
    },
    {
      fullUrl: 'urn:uuid:t',
      resource: { resourceType: 'Task', input: [{ type: { coding: [{}] }, valueString: 'x' }] },
    },
  ],
}
const notification = {
  resourceType: 'Bundle',
  type: 'history',
  entry: [
    {
      resource: {
        resourceType: 'Parameters',
        parameter: [
          { name: 'type', valueCode: 'event-notification' },
          { name: 'notification-event', part: [{ name: 'focus', valueReference: { reference: 'urn:uuid:x' } }] },
        ],
      },
    },
    { fullUrl: 'urn:uuid:x', resource: response },
  ],
}

const set = profileSet('pas-2.2.1')

describe('a hostile body', () => {
  it('is judged and never read further than it was checked', () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const body = mutate(request, changes)
        expect(Array.isArray(validatePasInquiryBundle(set, body))).toBe(true)
        if (validatePasRequestBundle(set, body).length === 0)
          expect(readPasRequest(body as Bundle as never)).toBeDefined()
      }),
      { numRuns: 120 },
    )
  })

  it('as an answer or a notification gives a value or a failure', () => {
    fc.assert(
      fc.property(edits, (changes) => {
        for (const version of ['2.2.1', '2.0.1'] as const)
          expect(readPasResponses(mutate(response, changes), { version, requestedSequences: [1, 2] })).toHaveProperty(
            'ok',
          )
        expect(readNotification(mutate(notification, changes), '2.0.1')).toHaveProperty('ok')
      }),
      { numRuns: 300 },
    )
  })
})
