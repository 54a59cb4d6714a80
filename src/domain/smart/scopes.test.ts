import { describe, expect, test } from 'vitest'
import { missingScopes, permits } from './scopes.ts'

describe('what was not granted', () => {
  test.each<[string, string[], string[], string[]]>([
    ['nothing, when all is', ['launch', 'patient/Patient.rs'], ['patient/Patient.rs'], []],
    ['nothing, when version 1 says the same', ['patient/Patient.rs'], ['patient/Patient.read'], []],
    ['nothing, when a wildcard covers it', ['patient/Patient.rs'], ['patient/*.cruds'], []],
    ['nothing, when two grants add up', ['patient/A.crs'], ['patient/A.read', 'patient/A.write'], []],
    [
      'the permission',
      ['patient/DocumentReference.crs'],
      ['patient/DocumentReference.rs'],
      ['patient/DocumentReference.c'],
    ],
    ['the type', ['patient/Observation.rs'], ['patient/Patient.rs'], ['patient/Observation.rs']],
    ['the context', ['user/Practitioner.r'], ['patient/Practitioner.r'], ['user/Practitioner.r']],
    [
      'what a query leaves out',
      ['patient/Observation.rs'],
      ['patient/Observation.rs?category=laboratory'],
      ['patient/Observation.rs'],
    ],
    ['a scope that is no resource scope', ['online_access'], ['openid'], ['online_access']],
    ['letters in a wrong order grant nothing', ['patient/A.rs'], ['patient/A.sr'], ['patient/A.rs']],
  ])('is %s', (_what, requested, granted, missing) => {
    expect(missingScopes(requested, granted)).toEqual(missing)
  })
})

test('a launch may do what one of its scopes permits, in either version', () => {
  expect(permits(['patient/DocumentReference.write'], 'DocumentReference', 'c')).toBe(true)
  expect(permits(['user/*.rs'], 'Organization', 's')).toBe(true)
  expect(permits(['patient/DocumentReference.rs'], 'DocumentReference', 'c')).toBe(false)
})
