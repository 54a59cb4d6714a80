/**
 * The public PAS test kit's client suites, v2.2.1 and v2.0.1 (pas.md §11.2, §5.1), by name: our client plays every group of
 * them before the sandbox payer, over HTTP and with real tokens, and is judged by what arrived there and what it made of the
 * answers. What is out of scope, and why, stands with the names.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientTable } from '../support/inferno-pas/client-assertions.ts'
import { playClient, type ClientPlay } from '../support/inferno-pas/client-play.ts'
import { keyOf, keysOf, NAMES, outOfScope } from '../support/inferno-pas/names.ts'

describe.each(['2.2.1', '2.0.1'] as const)('davinci_pas_client_suite of PAS %s', (version) => {
  const names = NAMES.client[version]
  const table = clientTable(version)
  let play: ClientPlay
  beforeAll(async () => {
    play = await playClient(version)
  })
  afterAll(() => play?.stage.close())

  describe.each(Object.entries(names))('%s', (group, all) => {
    it.each(all.filter((name) => outOfScope(name) === undefined))('%s', async (name) => {
      // A name without an assertion fails here, and so does an assertion that asserts nothing.
      expect.hasAssertions()
      await table[keyOf(group, name)]?.(play)
    })
  })

  it('has an assertion for every name of the suite, and none for another', () => {
    expect(Object.keys(table).toSorted()).toEqual(keysOf(names).toSorted())
  })
})
