/** What a person says of a payer's determination: its number is accepted, or it is flagged as not valid. */
import type { QuestionnaireResponse } from 'fhir/r4'
import type { Determination } from '#domain/contract/form.ts'
import { judgeAcceptance, listLinesOf, readDeterminations, withWords } from '#domain/dtr/adaptive/determination.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import { dateIn } from '#domain/time.ts'
import type { CaseEventKind } from '../cases/case-event.ts'
import type { LaunchContext } from '../context.ts'
import type { FormKey, FormRow } from '../store/repositories/forms.ts'
import type { Tx } from '../store/tx.ts'
import type { AdaptiveCourse } from './form-record.ts'
import type { FormServiceDeps } from './form-service.ts'
import { enqueueFormJob } from './form-job.ts'
import { ORDER_JOB } from './order-statements.ts'
import { workOf } from './save-form.ts'

type Deps = Pick<FormServiceDeps, 'store' | 'announce' | 'now' | 'newId'>

/** The payer's determinations of a form, with what people said of them. */
export function determinationsOf(row: FormRow, { flags, acceptances = [] }: AdaptiveCourse): Determination[] {
  return withWords(readDeterminations(row.response as QuestionnaireResponse), flags, acceptances)
}

/**
 * Makes the number of a determination that of the request's lines, and keeps who accepted it and when. Fails as
 * `judgeAcceptance` does, before the payer has completed the form, and where no line can take the number.
 */
export function acceptNumber(
  deps: Deps,
  launch: LaunchContext,
  key: FormKey,
  asked: { readonly assertionId: string | null; readonly number: string },
): Promise<Result<null, Failure>> {
  return change(deps, launch, key, async (tx, row, course) => {
    if (course.state !== 'completed') return err({ reason: 'not-allowed-now' })
    const at = deps.now()
    const judged = judgeAcceptance(determinationsOf(row, course), asked, dateIn(at, launch.tenant.timeZone))
    if (!judged.ok) return judged
    const numbered = await renumber(deps, tx, row, judged.value, null, asked.number)
    if (numbered === 0) return err({ reason: 'number-without-line' })
    const acceptance = { ...asked, by: launch.user.name, at }
    const others = (course.acceptances ?? []).filter(({ assertionId }) => assertionId !== asked.assertionId)
    return ok({
      course: { ...course, acceptances: [...others, acceptance] },
      by: acceptance.by,
      at,
      kind: 'form-number-accepted',
      payload: asked,
    })
  })
}

/** Keeps that a determination does not hold, by whom and why. A number that was accepted of it is taken off the lines again. */
export function flagDetermination(
  deps: Deps,
  launch: LaunchContext,
  key: FormKey,
  { assertionId, reason }: { readonly assertionId: string | null; readonly reason: string },
): Promise<Result<null, Failure>> {
  return change(deps, launch, key, async (tx, row, course) => {
    const flag = { assertionId, reason, by: launch.user.name, at: deps.now() }
    for (const one of determinationsOf(row, course))
      if (one.assertionId === assertionId && one.accepted !== null)
        await renumber(deps, tx, row, one, one.satisfiedPaId, null)
    const isOther = (said: { assertionId: string | null }): boolean => said.assertionId !== assertionId
    return ok({
      course: {
        ...course,
        flags: [...course.flags.filter(isOther), flag],
        acceptances: (course.acceptances ?? []).filter(isOther),
      },
      by: flag.by,
      at: flag.at,
      kind: 'form-determination-flagged',
      payload: { reason, assertionId },
    })
  })
}

interface Decided {
  readonly course: AdaptiveCourse
  readonly kind: CaseEventKind
  readonly payload: object
  readonly by: string
  readonly at: string
}

/** All in one transaction: the course, the lines, the event, the orders in the EHR, and the news to whoever has the case open. */
function change(
  deps: Deps,
  launch: LaunchContext,
  key: FormKey,
  decide: (tx: Tx, row: FormRow, course: AdaptiveCourse) => Promise<Result<Decided, Failure>>,
): Promise<Result<null, Failure>> {
  const { store, announce } = deps
  const { tenant, caseId } = key
  return store.transaction(async (tx) => {
    // Held and read again: somebody else may have said something since, and so may the payer of the lines.
    if ((await store.cases.lock(tx, tenant, caseId)) === undefined) return err({ reason: 'case-not-found' })
    const row = await store.forms.find(tx, key)
    if (row === undefined) return err({ reason: 'form-missing' })
    const work = workOf(row)
    if (work.adaptive === null) return err({ reason: 'not-adaptive' })
    const decided = await decide(tx, row, work.adaptive)
    if (!decided.ok) return decided
    const { course, kind, payload, by, at } = decided.value
    await store.forms.setWork(tx, key, { ...work, adaptive: course })
    await store.events.append(tx, { tenant, caseId, at, actor: by, kind, payload })
    await enqueueFormJob(deps, tx, ORDER_JOB, key, launch.launchId, at)
    const version = await store.cases.update(tx, { tenant, id: caseId }, {}, at)
    if (version !== undefined) await announce(tx, { tenant, caseId, version })
    return ok(null)
  })
}

async function renumber(
  { store }: Deps,
  tx: Tx,
  { tenant, caseId }: FormRow,
  determination: Determination,
  from: string | null,
  to: string | null,
): Promise<number> {
  const lines = listLinesOf(determination, await store.lines.listByCase(tx, tenant, caseId), from)
  for (const { sequence } of lines)
    await store.lines.update(tx, { tenant, caseId, sequence }, { authorizationNumber: to })
  return lines.length
}
