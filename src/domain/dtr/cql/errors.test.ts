import { expect, it } from 'vitest'
import { readErrorRegime, type CqlError } from './errors.ts'
import type { DtrVersion } from '../package/dtr-version.ts'

it.each<[DtrVersion, CqlError['kind'], CqlError['role'], boolean, string]>([
  ['2.0.1', 'syntax', 'population', false, 'SHOULD'],
  ['2.0.1', 'execution', 'logic', false, 'SHALL'],
  ['2.1', 'syntax', 'population', false, 'SHALL'],
  ['2.1', 'execution', 'logic', true, 'SHALL'],
  ['2.2', 'execution', 'population', false, 'SHALL'],
  ['2.2', 'syntax', 'logic', true, 'SHALL'],
])(
  'DTR %s, %s error in %s: completion blocked is %s, to be reported %s',
  (version, kind, role, blocksCompletion, report) => {
    expect(readErrorRegime(version, { kind, role })).toEqual({ blocksCompletion, report })
  },
)
