/** Everything that the player plays: the scenarios that the sandbox offers, and what an intake meets besides. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findRoot } from '../root.ts'
import { ANSWER_SCENARIOS, SCENARIOS, type Scenario } from '../scenarios.ts'
import type { Sandbox } from '../start.ts'
import type { PlainAnswer } from './form-filling.ts'
import { answerWithForm, playUntilSent, type Journey, type OpenCase } from './journey.ts'
import { openOtherVendor } from './other-vendor.ts'
import { awaitOutcome, describe } from './outcome.ts'
import { openControls } from './sandbox-controls.ts'

export interface Play {
  readonly id: string
  /** Plays it and gives in few words what it came to; throws where that is not what it should be. */
  readonly run: () => Promise<string>
}

/** All plays, in the order in which they are played. */
export function listPlays(sandbox: Sandbox): readonly Play[] {
  const { addresses, recorder, directory } = sandbox
  const controls = openControls(addresses.ehr)
  const play = (patientId: string, change: Partial<Journey> = {}): Promise<OpenCase> =>
    playUntilSent(
      { patientId, withHook: true, answers: readPersonAnswers(patientId), ...change },
      controls,
      addresses.precert,
    )

  const scenarios = [...SCENARIOS, ...ANSWER_SCENARIOS].map((scenario) => ({
    id: scenario.id,
    run: async () => {
      const open = await play(scenario.patientId)
      const rested = await awaitOutcome(scenario, open)
      if (scenario.id === 'more-information') return answerInformation(open)
      return scenario.finalState === 'unknown' ? resolveSilence(scenario, open, addresses.payers) : describe(rested)
    },
  }))
  return [
    ...scenarios,
    {
      id: 'without-hook',
      run: async () => {
        const open = await play('ines-moreau', { withHook: false, payerId: 'caresource-oh' })
        return describe(await awaitOutcome({ finalState: 'approved' }, open))
      },
    },
    {
      id: 'several-forms',
      run: async () => {
        const open = await play('nora-haddad', { furtherAnswers: { 'office.contact': 'Ana Silva, 614-555-0199' } })
        return describe(await awaitOutcome({ finalState: 'approved' }, open))
      },
    },
    {
      id: 'step-by-step',
      run: async () => {
        const furtherAnswers = { 'site.hospital': true, 'site.reason': 'Reaction to the first dose' }
        const open = await play('pavel-dvorak', { furtherAnswers })
        return describe(await awaitOutcome({ finalState: 'approved' }, open))
      },
    },
    {
      id: 'asks-for-form',
      run: async () => {
        const open = await play('hanna-berg')
        await awaitOutcome({ finalState: 'pended' }, open)
        const { requests } = await open.session.call<{ requests: { id: string }[] }>('GET', `/cases/${open.caseId}`)
        for (const { id } of requests) await answerWithForm(open, id, { 'office.contact': 'Ana Silva, 614-555-0199' })
        return `asked for a questionnaire, then ${describe(await awaitOutcome({ finalState: 'approved' }, open))}`
      },
    },
    {
      id: 'other-vendor',
      run: openOtherVendor(addresses.precert, join(directory, 'other-vendor.jwks.json'), recorder).play,
    },
  ]
}

/** What a person answers where the chart cannot, as the package's expected answers say; nothing for other patients. */
export function readPersonAnswers(patientId: string): Readonly<Record<string, PlainAnswer>> {
  const folder = join(findRoot(), 'questionnaires/cs-infusion/expected')
  try {
    const expected = JSON.parse(readFileSync(join(folder, `${patientId}.json`), 'utf8')) as {
      person: Record<string, PlainAnswer>
    }
    return expected.person
  } catch {
    return {}
  }
}

/** The newest document of the chart answers what the payer asks for; somebody there reads it, and the notification ends the case. */
async function answerInformation(open: OpenCase): Promise<string> {
  const path = `/cases/${open.caseId}`
  const [document] = await open.session.call<{ reference: string }[]>('GET', `${path}/attachable`)
  if (document === undefined) throw new Error('The chart holds no document that could be sent')
  const { requests } = await open.session.call<{ requests: { id: string }[] }>('GET', path)
  for (const { id: requestId } of requests)
    await open.session.call('POST', `${path}/attach`, { requestId, references: [document.reference] })
  return `asked for information, then ${describe(await awaitOutcome({ finalState: 'approved' }, open))}`
}

/** An inquiry finds nothing while the payer says nothing; once a person there decides, the notification ends the case. */
async function resolveSilence(
  scenario: Scenario,
  open: OpenCase,
  payers: Sandbox['addresses']['payers'],
): Promise<string> {
  await open.session.call('POST', `/cases/${open.caseId}/resolve`, { action: 'inquire' })
  const after = await open.read()
  if (after.state !== 'unknown') throw new Error(`An inquiry that finds nothing left the case ${describe(after)}`)
  const payer = payers[scenario.payerId]
  const { requests } = (await (await fetch(`${payer}/sandbox/api/requests`)).json()) as {
    requests: { id: string; memberId: string }[]
  }
  const mine = requests.filter((request) => request.memberId === scenario.memberId)
  if (mine.length !== 1) throw new Error(`The payer holds the request ${mine.length} times`)
  await fetch(`${payer}/sandbox/api/decide`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: mine[0]?.id, ruling: 'by-policy' }),
  })
  const resolved = await awaitOutcome({ finalState: 'approved' }, open)
  return `unknown, then ${describe(resolved)}`
}
