/** What a group asks of the reader, from its coverage state and its case. Order and emphasis only: rules are the domain's. */
import type { CoverageState, OrderGroupView } from '#domain/contract/launch.ts'

/** Needs you first, then what is unknown, then what is settled. */
const RANK: Readonly<Record<CoverageState, number>> = {
  'auth-needed': 0,
  'documentation-needed': 0,
  'information-needed': 1,
  'no-answer': 2,
  unknown: 2,
  'not-covered': 3,
  'performer-auth': 4,
  asking: 5,
  satisfied: 6,
  'no-auth-needed': 7,
}

/** The group the launch named comes first, then by need; otherwise as the server lists them. */
export function inOrderOfNeed(
  groups: readonly OrderGroupView[],
  focusGroupId: string | null,
): readonly OrderGroupView[] {
  const rank = (group: OrderGroupView): number => (group.groupId === focusGroupId ? -1 : RANK[group.state])
  return [...groups].sort((one, other) => rank(one) - rank(other))
}

/** States of a case whose form is still open. */
const OPEN: ReadonlySet<string> = new Set(['draft', 'ready', 'rejected'])

/** A case is opened behind this screen so that its form is filled in time: until a person works on it, nothing was begun. */
export function isUntouched(group: OrderGroupView): boolean {
  return group.caseState === null || group.caseState === 'draft'
}

export type GroupAction = 'start' | 'continue' | 'open' | 'ask-again' | null

/** The one thing to do about a group. */
export function groupAction(group: OrderGroupView): GroupAction {
  if (group.caseId !== null && !isUntouched(group)) return OPEN.has(group.caseState ?? '') ? 'continue' : 'open'
  switch (group.state) {
    case 'auth-needed':
    case 'documentation-needed':
      return 'start'
    case 'unknown':
    case 'no-answer':
    case 'information-needed':
      return 'ask-again'
    case 'no-auth-needed':
    case 'performer-auth':
    case 'satisfied':
    case 'not-covered':
    case 'asking':
      return null
  }
}

export function needsDocumentation(group: OrderGroupView): boolean {
  const action = groupAction(group)
  return action === 'start' || action === 'continue' || action === 'open'
}

/** Whether the orders of one group were answered differently, so that each needs its own state. */
export function ordersDiffer(group: OrderGroupView): boolean {
  return group.orders.some((order) => order.determination.state !== group.state)
}
