import { describe, expect, it } from 'vitest'
import { mayDelegate } from './delegation.ts'

describe('handing over a part of a form', () => {
  it('a clinician gives the administrative part to staff and takes it back', () => {
    expect(mayDelegate('clinician', 'admin', 'clinician', 'pa-staff')).toBe(true)
    expect(mayDelegate('clinician', 'admin', 'pa-staff', 'clinician')).toBe(true)
  })
  it('staff give back what they have, and take nothing', () => {
    expect(mayDelegate('pa-staff', 'admin', 'pa-staff', 'clinician')).toBe(true)
    expect(mayDelegate('pa-staff', 'admin', 'clinician', 'pa-staff')).toBe(false)
  })
  it('the clinical part stays with the clinician', () => {
    expect(mayDelegate('clinician', 'clinical', 'clinician', 'pa-staff')).toBe(false)
  })
  it('an auditor changes nothing', () => {
    expect(mayDelegate('auditor', 'admin', 'pa-staff', 'clinician')).toBe(false)
  })
})
