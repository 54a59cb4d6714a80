/**
 * A sample before the official FHIR validator itself, where it stands beside the repository and has been built (by its first
 * run; it needs Java, 1.8 GB and half a minute to start): faults that no record holds, and the payer's showcase.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TOLERATED_CONTEXTS } from '../../src/domain/pas/published-package.ts'
import { validateMessage } from '../../src/domain/profile/validate.ts'
import { casesOf, CORPORA } from '../support/fault-corpus.ts'
import { compareFaults, officialFaults } from '../support/official-faults.ts'
import {
  isOfficialValidatorBuilt,
  openOfficialValidator,
  type OfficialValidator,
} from '../support/official-validator.ts'
import { profileSet } from '../support/profile-set.ts'

const GUIDE = 'pas-2.2.1'
/** Of each small resource of ours a few faults of another seed. */
const SEED = 4_711
const FAULTS = 3
const SMALL = 2_500
const SHOWCASE = resolve(import.meta.dirname, '../../src/app/testing/fixtures/showcase-answer.json')

describe.skipIf(!isOfficialValidatorBuilt())(
  'the official validator (needs ../shared/tools/official-validator, run once)',
  () => {
    let official: OfficialValidator
    beforeAll(async () => {
      official = await openOfficialValidator(GUIDE)
    })
    afterAll(() => official.stop())

    it('finds the same verdict and the same faulty elements in faults that are not recorded', async () => {
      const messages = CORPORA.find(({ name }) => name === `own-${GUIDE}`)?.messages() ?? []
      const small = messages.filter(({ body }) => JSON.stringify(body).length < SMALL)
      const cases = casesOf(
        small.map((message) => ({ ...message, faults: FAULTS })),
        SEED,
      )
      expect(cases.length).toBeGreaterThan(60)
      const differences: object[] = []
      for (const { name, kind, body } of cases) {
        const theirs = officialFaults(await official.validate(JSON.stringify(body)))
        const compared = compareFaults(theirs, validateMessage(profileSet(GUIDE), body, { isStrict: false }))
        const { isSameVerdict, missing, extra } = compared
        if (!isSameVerdict || missing.length + extra.length > 0) differences.push({ name, kind, missing, extra })
      }
      expect(differences).toEqual([])
    })

    it('finds nothing in the showcase but extensions that the published package itself puts there', async () => {
      const body = readFileSync(SHOWCASE, 'utf8')
      const errors = (await official.validate(body)).filter(({ severity }) => severity === 'error')
      expect([...new Set(errors.map(({ id }) => id))]).toEqual(['Extension_EXTP_Context_Wrong'])
      const ours = validateMessage(profileSet(GUIDE), JSON.parse(body), { toleratedContexts: TOLERATED_CONTEXTS })
      expect(ours.filter(({ severity }) => severity === 'error')).toEqual([])
      const tolerated = ours.filter(({ id }) => id === 'Extension_EXTP_Context_Wrong')
      const places = (all: typeof errors): string[] => officialFaults(all).map(({ place }) => place)
      expect(places(errors)).toEqual(places(tolerated.map((one) => ({ ...one, severity: 'error' }))))
    })
  },
)
