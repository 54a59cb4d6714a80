/** Mutated messages of every kind: each is taken or refused, and a refusal says where the fault is. `bench -- fuzz` sends more. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runFuzz } from '../support/fuzz.ts'
import { openFixture, type Fixture } from '../support/intermediary-fixture.ts'

const BODIES = 2_000

let at: Fixture
beforeAll(async () => {
  at = await openFixture()
})
afterAll(() => at?.close())

it(`${BODIES} mutated bodies: no crash, no 5xx, no refusal without its path`, async () => {
  const { accepted, refused, payer_silent: _silent, ...faults } = await runFuzz(at, { bodies: BODIES, seed: 1 })
  expect(faults).toEqual({ bodies: BODIES, crashes: 0, status_5xx: 0, without_path: 0, examples: [] })
  // Of both kinds, or the changes were too strong or too weak to show anything.
  expect(accepted).toBeGreaterThan(BODIES / 50)
  expect(refused).toBeGreaterThan(BODIES / 2)
}, 300_000)
