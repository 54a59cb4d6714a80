import { describe, expect, test } from 'vitest'
import { grantScopes, missingScopes, permits } from './scopes.ts'

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

describe('what a server grants', () => {
  const registered = ['system/Claim.c', 'system/Claim.r', 'system/Subscription.cruds']
  test.each<[string, string[], string[]]>([
    ['what is registered', ['system/Claim.c'], ['system/Claim.c']],
    ['what two registered ones hold together', ['system/Claim.cr'], ['system/Claim.cr']],
    ['less than is registered', ['system/Subscription.r'], ['system/Subscription.r']],
    ['version 1, where all of it is registered', ['system/Subscription.read'], ['system/Subscription.read']],
    [
      'of version 1 the part that is',
      ['system/Claim.write', 'system/Claim.read'],
      ['system/Claim.c', 'system/Claim.r'],
    ],
    ['of a wildcard the registered types', ['system/*.*'], ['system/Claim.cr', 'system/Subscription.cruds']],
    ['nothing of another type or context', ['system/Patient.r', 'user/Claim.c', 'openid'], []],
    ['nothing that a query limits', ['system/Claim.r?use=x'], []],
    ['each once', ['system/Claim.write', 'system/Claim.c'], ['system/Claim.c']],
  ])('is %s', (_what, asked, granted) => {
    expect(grantScopes(asked, registered)).toEqual(granted)
  })

  test('is everything to whom everything is registered', () => {
    expect(grantScopes(['system/*.*', 'system/Claim.c'], ['system/*.cruds'])).toEqual(['system/*.*', 'system/Claim.c'])
  })
})
