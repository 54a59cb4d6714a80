/**
 * The public PAS test kit's server suites, v2.2.1 and v2.0.1 (pas.md §11.3, §5.1), by name: another system plays every group of
 * them against our PAS server, behind which the sandbox payer stands.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serverTable } from '../support/inferno-pas/server-assertions.ts'
import { playServer, type ServerPlay } from '../support/inferno-pas/server-play.ts'
import { keyOf, keysOf, NAMES, outOfScope } from '../support/inferno-pas/names.ts'

describe.each(['2.2.1', '2.0.1'] as const)('davinci_pas_server_suite of PAS %s', (version) => {
  const names = NAMES.server[version]
  const table = serverTable(version)
  let play: ServerPlay
  beforeAll(async () => {
    play = await playServer(version)
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
