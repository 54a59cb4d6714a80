/** Who works on a form: who has it open, and who has which part of the case's forms in hand. Roles come from configuration. */
import type { DelegationView, EditorView, FormPart } from '#domain/contract/form.ts'
import { FORM_PARTS, mayDelegate, type PartOwner } from '#domain/dtr/form/delegation.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import { addDuration } from '#domain/time.ts'
import type { LaunchContext } from '../context.ts'
import type { DelegationRow } from '../store/repositories/form-team.ts'
import type { FormKey } from '../store/repositories/forms.ts'
import type { FormServiceDeps } from './form-service.ts'

/** Screens renew every twenty seconds; one that did not twice is gone. */
const PRESENT_SECONDS = 45

type TeamDeps = Pick<FormServiceDeps, 'store' | 'now' | 'announce'>

/** Others who have the form open. */
export async function listEditors(deps: TeamDeps, launch: LaunchContext, key: FormKey): Promise<EditorView[]> {
  const after = addDuration(deps.now(), { seconds: -PRESENT_SECONDS })
  const present = await deps.store.read((tx) => deps.store.formTeam.listPresent(tx, key, after))
  return present
    .filter(({ userId }) => userId !== launch.user.id)
    .map(({ userId, name, role, itemKey, seenAt }) => ({ userId, name, role, itemKey, seenAt }))
}

/** Says that the user has the form open, and where they are. */
export async function noteEditor(
  deps: TeamDeps,
  { user }: LaunchContext,
  key: FormKey,
  itemKey: string | null,
): Promise<void> {
  const seen = { ...key, userId: user.id, name: user.name, role: user.role, itemKey, seenAt: deps.now() }
  await deps.store.transaction((tx) => deps.store.formTeam.seen(tx, seen))
}

/** Every part that was handed over at some time, and what the present user may do with it. */
export async function listDelegations(
  deps: TeamDeps,
  launch: LaunchContext,
  caseId: string,
): Promise<DelegationView[]> {
  const rows = await deps.store.read((tx) => deps.store.formTeam.listDelegations(tx, launch.tenant.id, caseId))
  return rows.map(({ part, owner, since, delegatedBy }) => ({
    part,
    owner,
    since,
    by: delegatedBy,
    mayChange: mayDelegate(launch.user.role, part, owner, owner === 'pa-staff' ? 'clinician' : 'pa-staff'),
  }))
}

/** Hands a part over, or takes it back. */
export async function delegatePart(
  deps: TeamDeps,
  launch: LaunchContext,
  caseId: string,
  part: FormPart,
  owner: PartOwner,
): Promise<Result<null, Failure>> {
  const tenant = launch.tenant.id
  const at = deps.now()
  return deps.store.transaction(async (tx): Promise<Result<null, Failure>> => {
    const held = await deps.store.cases.lock(tx, tenant, caseId)
    if (held === undefined) return err({ reason: 'case-not-found' })
    const rows = await deps.store.formTeam.listDelegations(tx, tenant, caseId)
    const now = rows.find((row) => row.part === part)?.owner ?? 'clinician'
    if (!FORM_PARTS.includes(part) || !mayDelegate(launch.user.role, part, now, owner))
      return err({ reason: 'not-permitted' })
    const row: DelegationRow = { tenant, caseId, part, owner, since: at, delegatedBy: launch.user.name }
    await deps.store.formTeam.delegate(tx, row)
    const kind = owner === 'pa-staff' ? 'form-delegated' : 'form-taken-back'
    await deps.store.events.append(tx, { tenant, caseId, at, kind, actor: launch.user.name, payload: { part } })
    const version = await deps.store.cases.update(tx, { tenant, id: caseId }, {}, at)
    if (version !== undefined) await deps.announce(tx, { tenant, caseId, version })
    return ok(null)
  })
}
