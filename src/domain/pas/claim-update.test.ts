import fc from 'fast-check'
import type { Claim, ClaimItem, ClaimSupportingInfo } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { pasRequestInput } from '../../../test/support/pas-request.ts'
import { EXT } from '../fhir/canonical.ts'
import { readExtension, readExtensions } from '../fhir/extension.ts'
import { diffClaims } from './claim-diff.ts'
import { contentOf, isCancelled, readCertification, type ClaimEntry } from './claim-marks.ts'
import { writeClaimUpdate } from './claim-update.ts'
import { omit } from './profile-parts.ts'
import { buildRequestParts } from './request-bundle.ts'

const built = buildRequestParts(pasRequestInput())
if (!built.ok) throw new Error(built.error.reason)
const ORIGINAL: Claim = built.value.claim
const itemsOf = (claim: Claim): ClaimItem[] => claim.item ?? []
const infoChangedOf = (entry: ClaimEntry | undefined): string | undefined =>
  entry && readExtension(entry, EXT.infoChanged)?.valueCode

function update(prior: Claim, wanted: Claim, version = 2): Claim {
  const diff = diffClaims(prior, wanted)
  if (!diff.ok) throw new Error(diff.error.reason)
  return writeClaimUpdate(prior, diff.value, {
    claimId: `6f2d3f7e-5d3a-4b8f-9f57-0d0a5b9f3c1${version}`,
    identifier: { system: 'urn:trnorg:1311234567', value: `v${version}` },
    createdAt: '2026-11-28T11:00:00Z',
    priorFullUrl: `urn:uuid:${prior.id ?? ''}`,
    numbers: [{ sequence: 1, authorization: 'AUTH-1', tracking: null }],
  })
}
const changeItem = (claim: Claim, sequence: number, change: Partial<ClaimItem>): Claim => ({
  ...claim,
  item: itemsOf(claim).map((item) => (item.sequence === sequence ? { ...item, ...change } : item)),
})
const without = (claim: Claim, sequence: number): Claim => ({
  ...claim,
  item: itemsOf(claim).filter((item) => item.sequence !== sequence),
})
const item = (claim: Claim, sequence: number): ClaimItem | undefined =>
  itemsOf(claim).find((one) => one.sequence === sequence)

describe('the next version of a Claim', () => {
  it('has an identity of its own and names the one before as prior', () => {
    const next = update(ORIGINAL, changeItem(ORIGINAL, 1, { quantity: { value: 9, unit: 'unit' } }))
    expect(next).toMatchObject({
      id: '6f2d3f7e-5d3a-4b8f-9f57-0d0a5b9f3c12',
      identifier: [{ system: 'urn:trnorg:1311234567', value: 'v2' }],
      status: 'active',
      related: [{ claim: { reference: `urn:uuid:${ORIGINAL.id ?? ''}` } }],
    })
    expect(next.related?.[0]?.relationship?.coding?.[0]?.code).toBe('prior')
  })

  it('flags what changed, and nothing else; the first trace number stays, the version’s own joins it', () => {
    const next = update(ORIGINAL, changeItem(ORIGINAL, 1, { quantity: { value: 9, unit: 'unit' } }))
    expect(itemsOf(next).map(infoChangedOf)).toEqual(['changed', undefined, undefined])
    expect(readCertification(item(next, 1)!)).toBe('S')
    expect(item(next, 2)).toEqual(item(ORIGINAL, 2))
    const traces = readExtensions(item(next, 1), EXT.itemTraceNumber).map(
      ({ valueIdentifier }) => valueIdentifier?.value,
    )
    expect(traces).toEqual(['019a0000-0000-7000-8000-000000000002-1', 'v2-1'])
  })

  it('says the number under which the payer knows a line that changed, and one that holds for all', () => {
    const next = update(ORIGINAL, changeItem(ORIGINAL, 1, { quantity: { value: 9, unit: 'unit' } }))
    for (const of of [next, item(next, 1)])
      expect(readExtension(of, EXT.authorizationNumber)?.valueString).toBe('AUTH-1')
    expect(readExtension(item(next, 2), EXT.authorizationNumber)).toBeUndefined()
  })

  it('drops the flag in the version after', () => {
    const second = update(ORIGINAL, changeItem(ORIGINAL, 1, { quantity: { value: 9, unit: 'unit' } }))
    const third = update(second, changeItem(second, 2, { quantity: { value: 1, unit: 'unit' } }), 3)
    expect(itemsOf(third).map(infoChangedOf)).toEqual([undefined, 'changed', undefined])
    expect(readExtension(third.item?.[0], EXT.infoChanged)).toBeUndefined()
    expect(third.related?.[0]?.claim?.reference).toBe(`urn:uuid:${second.id ?? ''}`)
  })

  it('adds a line as initial under a new sequence', () => {
    const wanted = { ...ORIGINAL, item: [...itemsOf(ORIGINAL), { ...itemsOf(ORIGINAL)[0]!, sequence: 4 }] }
    const added = item(update(ORIGINAL, wanted), 4)!
    expect(infoChangedOf(added)).toBe('added')
    expect(readCertification(added)).toBe('I')
    expect(readExtensions(added, EXT.itemTraceNumber)).toHaveLength(1)
  })

  it('cancels a line that is no longer wanted: flag, change and code 3; later only the flag and the code', () => {
    const second = update(ORIGINAL, without(ORIGINAL, 2))
    expect(isCancelled(item(second, 2)!)).toBe(true)
    expect([infoChangedOf(item(second, 2)), readCertification(item(second, 2)!)]).toEqual(['changed', '3'])
    expect(readExtension(second, EXT.certificationType)).toBeUndefined()
    const third = update(second, changeItem(second, 1, { quantity: { value: 9, unit: 'unit' } }), 3)
    expect(isCancelled(item(third, 2)!)).toBe(true)
    expect([infoChangedOf(item(third, 2)), readCertification(item(third, 2)!)]).toEqual([undefined, '3'])
  })

  it('never wants a cancelled line back', () => {
    const second = update(ORIGINAL, without(ORIGINAL, 2))
    expect(diffClaims(second, ORIGINAL)).toMatchObject({ error: { reason: 'cancelled-entry-wanted' } })
  })

  it('cancels the whole where no line stays, and stays active', () => {
    const next = update(ORIGINAL, { ...ORIGINAL, item: [], supportingInfo: [] })
    expect(readCertification(next)).toBe('3')
    expect(next.status).toBe('active')
    expect([...itemsOf(next), ...(next.supportingInfo ?? [])].every(isCancelled)).toBe(true)
  })
})

/** A wanted Claim made from a prior one: each entry kept, changed or left out, and some more. */
interface Wish {
  readonly keep: readonly ('same' | 'changed' | 'gone')[]
  readonly more: number
  readonly priority: string
}
const wish: fc.Arbitrary<Wish> = fc.record({
  keep: fc.array(fc.constantFrom('same', 'changed', 'gone'), { minLength: 8, maxLength: 8 }),
  more: fc.integer({ min: 0, max: 2 }),
  priority: fc.constantFrom('normal', 'stat'),
})

function grant(prior: Claim, { keep, more, priority }: Wish, salt: number): Claim {
  const list = <T extends ClaimEntry>(
    entries: readonly T[],
    change: (entry: T) => T,
    fresh: (sequence: number) => T,
  ) => {
    const last = Math.max(0, ...entries.map(({ sequence }) => sequence))
    const kept = entries
      .filter((entry) => !isCancelled(entry))
      .flatMap((entry) => {
        const fate = keep[entry.sequence % keep.length]
        return fate === 'gone' ? [] : [fate === 'changed' ? change(entry) : entry]
      })
    return [...kept, ...Array.from({ length: more }, (_, index) => fresh(last + 1 + index))]
  }
  const sample = itemsOf(ORIGINAL)[0]!
  return {
    ...prior,
    priority: { coding: [{ code: priority }] },
    item: list(
      itemsOf(prior),
      (entry) => ({ ...entry, quantity: { value: salt + entry.sequence, unit: 'unit' } }),
      (sequence): ClaimItem => ({ ...omit(sample, 'extension'), sequence }),
    ),
    supportingInfo: list(
      prior.supportingInfo ?? [],
      (entry) => ({ ...entry, valueString: `changed ${String(salt)}` }),
      (sequence): ClaimSupportingInfo => ({ category: { text: 'new' }, sequence }),
    ),
  }
}

/** What a Claim asks for: its live entries without their marks, and its own elements. */
const asked = (claim: Claim) => ({
  item: itemsOf(claim)
    .filter((one) => !isCancelled(one))
    .map(contentOf),
  supportingInfo: (claim.supportingInfo ?? []).filter((one) => !isCancelled(one)).map(contentOf),
  priority: claim.priority,
  patient: claim.patient,
})

describe('over any chain of versions', () => {
  it('the difference applied to the old Claim gives the new, and no entry is ever lost', () => {
    fc.assert(
      fc.property(fc.array(wish, { minLength: 1, maxLength: 5 }), (wishes) => {
        let prior = ORIGINAL
        wishes.forEach((one, index) => {
          const wanted = grant(prior, one, 100 * (index + 1))
          const next = update(prior, wanted, index + 2)
          expect(asked(next)).toEqual(asked(wanted))
          for (const list of ['item', 'supportingInfo'] as const) {
            const sequences = (next[list] ?? []).map(({ sequence }) => sequence)
            expect(new Set(sequences).size).toBe(sequences.length)
            for (const { sequence } of prior[list] ?? []) expect(sequences).toContain(sequence)
          }
          expect(diffClaims(next, { ...wanted, extension: next.extension ?? [] })).toMatchObject({
            value: { items: { added: [], changed: [], cancelled: [] }, head: {} },
          })
          prior = next
        })
      }),
      { numRuns: 300 },
    )
  })
})
