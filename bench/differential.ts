/**
 * Ours against the official validator, on our own messages, on the official examples and on faults generated from both: the
 * same verdict, the same faulty elements. Takes an hour. What differs is printed, without the official words.
 * `npm run bench -- differential [SEED] [CORPUS]`: other faults for another seed. With `record` as the seed, the messages and
 * the verdicts are written down for the test that needs no official validator (test/conformance/official-verdicts.test.ts).
 */
import { writeFileSync } from 'node:fs'
import { loadProfileSet } from '../server/profiles.ts'
import { validateMessage } from '../src/domain/profile/validate.ts'
import { casesOf, CORPORA, digestOf, messagesFile, verdictsFile, type Corpus } from '../test/support/fault-corpus.ts'
import { compareFaults, officialFaults, writeFault } from '../test/support/official-faults.ts'
import { ownCorpus } from '../test/support/own-messages.ts'
import { hasOfficialValidator, openOfficialValidator } from '../test/support/official-validator.ts'

interface Outcome {
  seed: number
  cases: number
  same_verdict: number
  same_elements: number
  stricter: number
  differences: object[]
}

async function runCorpus(corpus: Corpus, outcome: Outcome, isRecorded: boolean): Promise<void> {
  const set = loadProfileSet(corpus.guide)
  if (set === undefined) throw new Error(`no tables of ${corpus.guide}`)
  const cases = casesOf(corpus.messages(), outcome.seed, corpus.kinds)
  const official = await openOfficialValidator(corpus.guide)
  const lines: string[] = []
  for (const { name, kind, body } of cases) {
    const text = JSON.stringify(body)
    const theirs = officialFaults(await official.validate(text))
    lines.push([digestOf(text), ...theirs.map(writeFault)].join('\t'))
    const compared = compareFaults(theirs, validateMessage(set, body, { isStrict: false }))
    const { isSameVerdict, missing, extra, isStricter } = compared
    outcome.cases += 1
    if (isStricter) outcome.stricter += 1
    if (isSameVerdict) outcome.same_verdict += 1
    if (isSameVerdict && missing.length + extra.length === 0) outcome.same_elements += 1
    else outcome.differences.push({ corpus: corpus.name, name, kind, missing, extra })
  }
  await official.stop()
  if (isRecorded && cases.length > 0) writeFileSync(verdictsFile(corpus), `${lines.join('\n')}\n`)
}

export async function runDifferential(): Promise<object> {
  if (!hasOfficialValidator()) return { skipped: 'needs ../shared/tools/official-validator' }
  const [, , , seed = '0', only] = process.argv
  const isRecorded = seed === 'record'
  const outcome: Outcome = {
    seed: isRecorded ? 0 : Number(seed),
    cases: 0,
    same_verdict: 0,
    same_elements: 0,
    stricter: 0,
    differences: [],
  }
  for (const corpus of CORPORA) {
    if (only !== undefined && only !== corpus.name) continue
    if (isRecorded && corpus.name.startsWith('own-')) {
      const messages = ownCorpus(corpus.guide).map((one) => JSON.stringify(one))
      writeFileSync(messagesFile(corpus.guide), `${messages.join('\n')}\n`)
    }
    await runCorpus(corpus, outcome, isRecorded)
  }
  return outcome
}
