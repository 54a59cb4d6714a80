/**
 * Ours against the official FHIR validator: the same verdict and the same faulty elements, on our own messages, on the
 * official examples and on more than 2,000 faults generated from both. Its verdicts are recorded
 * (`npm run bench -- differential record`): whether it found faults, and where; so nothing but this repository is needed for
 * our own messages. Where ours differs on purpose stands in docs/profiles.md.
 */
import { describe, expect, it } from 'vitest'
import { validateMessage } from '../../src/domain/profile/validate.ts'
import { casesOf, CORPORA, digestOf, recordedVerdicts } from '../support/fault-corpus.ts'
import { compareFaults, readFault } from '../support/official-faults.ts'
import { profileSet } from '../support/profile-set.ts'

/** Differences that stay, each with its reason. */
const KNOWN: Readonly<Record<string, string>> = {
  'empty-string subscription criteria': 'an empty text beside which an extension stands is not judged there',
  ...Object.fromEntries(
    ['wrong-json-type', 'wrong-system', 'wrong-code']
      .map((kind) => `${kind} Task of showcase input[1].valueCodeableConcept.coding[0].system`)
      .concat('object-for-simple Task of showcase input[1].valueCodeableConcept.coding[0].code')
      .map((name) => [name, 'offline it has no LOINC, and then takes no code of X12 either for one of such a set']),
  ),
}

const counts = { own: 0, examples: 0 }

describe.each(CORPORA)('the cases of $name', (corpus) => {
  const isOwn = !corpus.name.startsWith('examples-')
  const cases = casesOf(corpus.messages(), 0, corpus.kinds)
  const verdicts = recordedVerdicts(corpus)
  counts[isOwn ? 'own' : 'examples'] += cases.filter(({ kind }) => kind !== 'none').length

  it.skipIf(!isOwn && cases.length === 0)(
    'are judged as the official validator judges them (the examples need ../shared/data/fhir-packages)',
    () => {
      const digests = cases.map(({ body }) => digestOf(JSON.stringify(body)))
      expect(digests, 'other cases than those recorded').toEqual(verdicts.map(({ digest }) => digest))
      const differences = cases.flatMap(({ name, kind, body }, at) => {
        const ours = validateMessage(profileSet(corpus.guide), body, { isStrict: false })
        const { isSameVerdict, missing, extra } = compareFaults((verdicts[at]?.places ?? []).map(readFault), ours)
        if (isSameVerdict && missing.length + extra.length === 0) return []
        return KNOWN[`${kind} ${name}`] === undefined ? [{ name, kind, missing, extra }] : []
      })
      expect(differences).toEqual([])
    },
  )
})

it('are more than 2,000 faults', () => expect(counts.own).toBeGreaterThan(2_000))

it('hold messages without a fault, and faults of each sort', () => {
  const verdicts = CORPORA.flatMap(recordedVerdicts)
  const faulty = verdicts.filter(({ places }) => places.length > 0).length
  expect(faulty).toBeGreaterThan(1_500)
  expect(verdicts.length - faulty).toBeGreaterThan(500)
})
