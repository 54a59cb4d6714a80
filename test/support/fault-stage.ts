/** The whole sandbox as real processes, for tests that kill Precert or let a payer misbehave. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CaseView } from '#domain/contract/case.ts'
import { completeForm, openCase, type Journey, type OpenCase } from '../../sandbox/player/journey.ts'
import { pollUntil } from '../../sandbox/player/poll.ts'
import { openControls } from '../../sandbox/player/sandbox-controls.ts'
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/start.ts'

export type PayerId = 'caresource-oh' | 'caresource-ga'

/** A case with its whole view. */
export type Case = Omit<OpenCase, 'read'> & { readonly read: () => Promise<CaseView> }

export interface FaultStage {
  readonly sandbox: Sandbox
  /** Order, signature, launch, coverage: a case in draft. */
  readonly open: (journey: Partial<Journey> & { readonly patientId: string }) => Promise<Case>
  /** The same with its form complete: nothing is left but to sign. */
  readonly openReady: (journey: Partial<Journey> & { readonly patientId: string }) => Promise<Case>
  /** Kills Precert as a power cut would, and starts it again. */
  readonly killAndRestart: () => Promise<void>
  readonly misbehave: (payer: PayerId, change: object) => Promise<void>
  /** How often this case's request arrived at the payer, and how often it was processed. */
  readonly countArrivals: (
    payer: PayerId,
    traceNumber: string | null,
  ) => Promise<{ received: number; processed: number }>
  readonly close: () => Promise<void>
}

/** On the embedded database, or on the one that is named. */
export async function openFaultStage({
  databaseUrl,
  ...options
}: Partial<SandboxOptions> & { readonly databaseUrl?: string } = {}): Promise<FaultStage> {
  // A developer's own database is never a test's.
  delete process.env['DATABASE_URL']
  // Precert's process takes it from here, at each start.
  if (databaseUrl !== undefined) process.env['DATABASE_URL'] = databaseUrl
  const directory = mkdtempSync(join(tmpdir(), 'precert-faults-'))
  const sandbox = await startSandbox({ directory, pendMs: 1_500, ...options })
  const controls = openControls(sandbox.addresses.ehr)
  const open: FaultStage['open'] = async (journey) => {
    const opened = await openCase({ withHook: true, answers: {}, ...journey }, controls, sandbox.addresses.precert)
    return { ...opened, read: () => opened.session.call<CaseView>('GET', `/cases/${opened.caseId}`) }
  }
  return {
    sandbox,
    open,
    async openReady(journey) {
      const opened = await open(journey)
      await completeForm(opened, journey.answers ?? {})
      return opened
    },
    async killAndRestart() {
      const server = sandbox.server()
      if (server.pid === undefined) throw new Error('Precert does not run')
      process.kill(server.pid, 'SIGKILL')
      await server.ended
      await sandbox.restartServer()
    },
    async misbehave(payer, change) {
      const response = await fetch(`${sandbox.addresses.payers[payer]}/sandbox/api/behavior`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(change),
      })
      if (!response.ok) throw new Error(await response.text())
    },
    async countArrivals(payer, traceNumber) {
      const response = await fetch(`${sandbox.addresses.payers[payer]}/sandbox/api/requests`)
      const { byClaimIdentifier } = (await response.json()) as {
        byClaimIdentifier: Record<string, { received: number; processed: number }>
      }
      const mine = Object.entries(byClaimIdentifier).find(([name]) => name.endsWith(`|${String(traceNumber)}`))
      return mine?.[1] ?? { received: 0, processed: 0 }
    },
    async close() {
      await sandbox.stop()
      delete process.env['DATABASE_URL']
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Waits until the case is in this state by the payer's word. */
export async function awaitState(
  { read }: Case,
  state: CaseView['state'],
  limitMs = 120_000,
  isSo: (view: CaseView) => boolean = () => true,
): Promise<CaseView> {
  return pollUntil(
    async () => {
      const view = await read()
      return view.state === state && isSo(view) ? view : undefined
    },
    limitMs,
    async () => {
      const { state: present, decisionSource, unknown, timeline } = await read()
      return `The case is ${present} (${decisionSource ?? 'nobody'}), not ${state}; ${JSON.stringify({ unknown, timeline: timeline.map(({ at, kind }) => `${at} ${kind}`) })}`
    },
  )
}
