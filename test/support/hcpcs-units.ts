/** The billing units as the server loads them. */
import { readFileSync } from 'node:fs'
import type { HcpcsUnits } from '../../src/domain/pas/request-lines.ts'

export const hcpcsUnits = JSON.parse(
  readFileSync(new URL('../../fhir-profiles/hcpcs-units.json', import.meta.url), 'utf8'),
) as HcpcsUnits
