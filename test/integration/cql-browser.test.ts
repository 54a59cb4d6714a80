/** CQL stays on the server: no script of the built app holds its engine, its translator or their models. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ASSETS = resolve(import.meta.dirname, '../../dist/app/assets')
/** Words that each of them has and nothing else: cql-execution, the model infos, the translator. */
const MARKS = ['Encountered unexpected error during execution', 'urn:hl7-org:elm-modelinfo', 'kotlin']

describe.skipIf(!existsSync(ASSETS))('the built app', () => {
  it('holds no CQL', () => {
    const scripts = readdirSync(ASSETS).filter((name) => name.endsWith('.js'))
    expect(scripts.length).toBeGreaterThan(0)
    const holding = scripts.filter((name) => {
      const text = readFileSync(join(ASSETS, name), 'utf8')
      return MARKS.some((mark) => text.includes(mark))
    })
    expect(holding).toEqual([])
  })

  it('is told apart by these words from what does hold it', () => {
    const worker = readFileSync(resolve(ASSETS, '../../server/cql/worker.js'), 'utf8')
    expect(MARKS.slice(0, 2).every((mark) => worker.includes(mark))).toBe(true)
  })
})
