/**
 * A sample before the official FHIR validator itself, where it stands beside the repository and has been built (by its first
 * run; it needs Java, 1.8 GB and half a minute to start): faults that no record holds, and a sample of
 * what we and the sandbox's payer write in both versions.
 */
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
import { ownMessages } from '../support/own-messages.ts'
import { profileSet } from '../support/profile-set.ts'

const GUIDE = 'pas-2.2.1'
/** Of each small resource of ours a few faults of another seed. */
const SEED = 4_711
const FAULTS = 3
const SMALL = 2_500
/** What was seen to have faults of its package. In 2.2.1 an update with such a one matches no profile of its entry at all. */
const SAMPLE = {
  'pas-2.2.1': /^(specialty referral, (initial|inquiry)|showcase|event)/,
  'pas-2.0.1': /^(specialty referral|surgery with admission, modified|renewal, initial|showcase|event)/,
}

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
  },
)

/** An extension where its own context forbids it, or (an order with such a one) no match among the profiles of orders. */
const CONTEXT = ['Extension_EXTP_Context_Wrong', 'Extension_EXTM_Context_Wrong']
const FOLLOWS = 'Reference_REF_CantMatchChoice'
/** Offline it has no SDC beside PAS 2.0.1, and then cannot tell the extensions of an answer apart. */
const WITHOUT_SDC = 'SLICING_CANNOT_BE_EVALUATED'

describe.skipIf(!isOfficialValidatorBuilt()).each(['pas-2.2.1', 'pas-2.0.1'] as const)(
  'what is written in %s, before the official validator',
  (guide) => {
    let official: OfficialValidator
    beforeAll(async () => {
      official = await openOfficialValidator(guide)
    })
    afterAll(() => official.stop())

    it.each(ownMessages(guide).filter(({ name }) => SAMPLE[guide].test(name)))(
      '$name has no fault but extensions that the published package itself puts there',
      async ({ body }) => {
        const found = await official.validate(JSON.stringify(body))
        const errors = found.filter(
          ({ severity, id = '' }) => severity === 'error' && ![FOLLOWS, WITHOUT_SDC].includes(id ?? ''),
        )
        expect(errors.filter(({ id }) => !CONTEXT.includes(id ?? ''))).toEqual([])
        const ours = validateMessage(profileSet(guide), body, { toleratedContexts: TOLERATED_CONTEXTS })
        const tolerated = ours.filter(({ id }) => CONTEXT.includes(id)).map((one) => ({ ...one, severity: 'error' }))
        const places = (all: typeof errors) => [...new Set(officialFaults(all).map(({ place }) => place))].toSorted()
        expect(places(errors)).toEqual(places(tolerated))
      },
    )
  },
)
