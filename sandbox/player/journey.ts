/** One scenario from the order to the payer's answer, the way a clinician goes it: order, sign, launch, form, review, send. */
import { fillForm, type Form, type Person, type PlainAnswer } from './form-filling.ts'
import { launchPrecert, type PrecertSession } from './precert-session.ts'
import { readLaunchContext, type SandboxControls } from './sandbox-controls.ts'
import { pollUntil } from './poll.ts'

export interface Journey {
  readonly patientId: string
  /** Whether the EHR fires its hook; without it the app is launched from the order screen and asks the payer itself. */
  readonly withHook: boolean
  /** Under which of several coverages to ask, by its payer. */
  readonly payerId?: string
  /** What a person answers in the form, by item key. */
  readonly answers: Readonly<Record<string, PlainAnswer>>
  /** What a person answers in the payer's further forms, by link id. */
  readonly furtherAnswers?: Readonly<Record<string, PlainAnswer>>
}

export interface CaseView {
  readonly caseId: string
  readonly state: string
  readonly decisionSource: string | null
  readonly traceNumber: string | null
  readonly lines: readonly {
    readonly sequence: number
    readonly status: string
    readonly authorizationNumber: string | null
  }[]
  readonly documents: readonly { readonly writtenToChart: string | null; readonly writeFailure: unknown }[]
  readonly requests: readonly unknown[]
  readonly errors: readonly { readonly code: string }[]
}

export interface OpenCase {
  readonly session: PrecertSession
  readonly caseId: string
  readonly read: () => Promise<CaseView>
}

interface Coverage {
  readonly problem: { readonly reason: string } | null
  readonly coverages: readonly {
    readonly reference: string
    readonly payer: { readonly id: string } | null
    readonly chosen: boolean
  }[]
  readonly groups: readonly { readonly groupId: string; readonly state: string; readonly caseId: string | null }[]
}

interface Review {
  readonly version: number
  readonly problems: readonly {
    readonly severity: string
    readonly message: { readonly key: string; readonly params?: unknown }
    readonly itemKey: string | null
  }[]
}

const CLINICIAN: Person = { reference: 'Practitioner/lena-ruiz', name: 'Lena Ruiz, MD' }
/** CRD: order-sign answers within five seconds. */
const HOOK_LIMIT_MS = 5000
const COVERAGE_WAIT_MS = 15_000
const FORM_WAIT_MS = 30_000
/** More than any step-by-step form of the sandbox has. */
const MOST_STEPS = 5

/** Plays until the request is sent. Throws, saying where, as soon as a step does not go as it should. */
export async function playUntilSent(
  journey: Journey,
  controls: SandboxControls,
  precertUrl: string,
): Promise<OpenCase> {
  const open = await openCase(journey, controls, precertUrl)
  await completeForm(open, journey.answers)
  await completeFurtherForms(open, journey.furtherAnswers ?? {})
  await signAndSend(open)
  return open
}

/** Order, signature, launch, coverage: until there is a case. */
export async function openCase(journey: Journey, controls: SandboxControls, precertUrl: string): Promise<OpenCase> {
  await controls.addOrders(journey.patientId, 'infliximab-infusion')
  const appContext = journey.withHook ? await signOrders(journey.patientId, controls) : null
  const session = await launchPrecert(await controls.launch(journey.patientId, appContext), precertUrl)
  const groupId = await settleCoverage(session, journey)
  const { caseId } = await session.call<{ caseId: string }>('POST', '/cases', { groupId })
  return { session, caseId, read: () => session.call<CaseView>('GET', `/cases/${caseId}`) }
}

/** Attests and sends what the review shows, under one submission id: the same id again sends nothing twice. */
export async function signAndSend(
  { session, caseId }: OpenCase,
  submissionId: string = crypto.randomUUID(),
): Promise<void> {
  const review = await session.call<Review>('GET', `/cases/${caseId}/review`)
  const blocking = review.problems.filter((problem) => problem.severity === 'blocks')
  if (blocking.length > 0)
    throw new Error(
      `The review is blocked: ${JSON.stringify(blocking.map(({ message, itemKey }) => ({ message, itemKey })))}`,
    )
  await session.call('POST', `/cases/${caseId}/submit`, { submissionId, version: review.version, attested: true })
}

/** Signs, as strict about the hook's answer as the EHR is, and takes the context of the launch card. */
async function signOrders(patientId: string, controls: SandboxControls): Promise<string | null> {
  const signing = await controls.sign(patientId)
  if (signing.problems.length > 0) throw new Error(`The hook's answer: ${signing.problems.join('; ')}`)
  if (signing.ms > HOOK_LIMIT_MS) throw new Error(`The hook took ${signing.ms} ms`)
  return readLaunchContext(signing)
}

/** Chooses a coverage where there are several, asks the payer where nobody has, and waits for what it says. */
async function settleCoverage(session: PrecertSession, journey: Journey): Promise<string> {
  const read = (): Promise<Coverage> => session.call<Coverage>('GET', '/coverage')
  const first = await read()
  const choice = first.coverages.find(({ payer }) => payer !== null && payer.id === journey.payerId)
  if (choice !== undefined && !choice.chosen)
    await session.call('POST', '/coverage/choose', { coverage: choice.reference })
  let asked = false
  const settled = await pollUntil(
    async () => {
      const view = await read()
      const [group] = view.groups
      if (group === undefined || view.problem !== null) return undefined
      if (group.state === 'auth-needed') return group
      if (group.state !== 'asking' && !asked) {
        asked = true
        await session.call('POST', '/coverage/ask', { groupId: group.groupId })
      }
      return undefined
    },
    COVERAGE_WAIT_MS,
    async () => `The coverage never came to auth-needed: ${JSON.stringify(await read()).slice(0, 600)}`,
  )
  return settled.groupId
}

/** Waits for the chart's answers, then does a person's part. */
export async function completeForm(
  { session, caseId }: Pick<OpenCase, 'session' | 'caseId'>,
  answers: Readonly<Record<string, PlainAnswer>>,
  formId = 'main',
): Promise<void> {
  const path = `/cases/${caseId}/form?form=${formId}`
  const form = await awaitForm({ session, caseId }, formId)
  await session.call('PUT', path, fillForm(form, answers, CLINICIAN, new Date().toISOString()))
}

/** The questionnaire that a request of the payer names: begun, completed, sent. */
export async function answerWithForm(
  { session, caseId }: OpenCase,
  requestId: string,
  answers: Readonly<Record<string, PlainAnswer>>,
): Promise<void> {
  const path = `/cases/${caseId}/request-form`
  const { formId } = await session.call<{ formId: string }>('POST', path, { requestId })
  await completeForm({ session, caseId }, answers, formId)
  await session.call('POST', `${path}/send`, { requestId })
}

/** The payer's other forms: all answers at once, or step by step until the payer has no more questions. */
async function completeFurtherForms(
  { session, caseId }: OpenCase,
  answers: Readonly<Record<string, PlainAnswer>>,
): Promise<void> {
  const { forms } = await session.call<Form>('GET', `/cases/${caseId}/form`)
  for (const { formId } of forms.filter((form) => form.formId !== 'main')) {
    let form = await awaitForm({ session, caseId }, formId)
    for (let step = 0; step < MOST_STEPS && form.status === 'in-progress'; step += 1) {
      const linkIds = new Set(form.questionnaire.item?.map(({ linkId }) => linkId))
      const given = Object.fromEntries(Object.entries(answers).filter(([linkId]) => linkIds.has(linkId)))
      const filled = fillForm(form, given, CLINICIAN, new Date().toISOString())
      const { version } = await session.call<{ version: number }>('PUT', `/cases/${caseId}/form?form=${formId}`, filled)
      const isAdaptive = form.forms.some((one) => one.formId === formId && one.adaptive)
      if (!isAdaptive) break
      form = await session.call<Form>('POST', `/cases/${caseId}/form/next?form=${formId}`, { version })
    }
  }
}

/** The form, once the chart has been read; throws where it could not be filled. */
export async function awaitForm(
  { session, caseId }: Pick<OpenCase, 'session' | 'caseId'>,
  formId = 'main',
): Promise<Form> {
  const form = await pollUntil(
    async () => {
      const view = await session.call<Form>('GET', `/cases/${caseId}/form?form=${formId}`)
      return view.status === 'populating' ? undefined : view
    },
    FORM_WAIT_MS,
    async () => 'The form was never filled.',
  )
  if (form.status !== 'in-progress')
    throw new Error(`The form is ${form.status}: ${JSON.stringify(form).slice(0, 600)}`)
  return form
}
