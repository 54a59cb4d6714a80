/** The one table from state to icon, word and tint. Green means that nothing is left to do; unknown is grey. */
import type { CaseState, ReviewView } from '#domain/contract/case.ts'
import type { LineStatus } from '#domain/contract/line-status.ts'
import type { CoverageState } from '#domain/contract/launch.ts'
import { useSay } from '../i18n/use-say.ts'
import type { IconName } from '../ui/icon.tsx'
import { Tag, type Tone } from '../ui/tag.tsx'

interface Look {
  readonly tone: Tone
  readonly icon: IconName
}

const OK: Look = { tone: 'ok', icon: 'check' }
const NEEDS_YOU: Look = { tone: 'wait', icon: 'bang' }
const WAITING: Look = { tone: 'wait', icon: 'clock' }
const STOPPED: Look = { tone: 'stop', icon: 'cross' }
const UNKNOWN: Look = { tone: 'open', icon: 'ask' }
const DRAFT: Look = { tone: 'plain', icon: 'pen' }
const UNDER_WAY: Look = { tone: 'plain', icon: 'clock' }

const COVERAGE_LOOKS: Readonly<Record<CoverageState, Look>> = {
  'auth-needed': NEEDS_YOU,
  'documentation-needed': NEEDS_YOU,
  'no-auth-needed': OK,
  'performer-auth': { tone: 'wait', icon: 'user' },
  satisfied: OK,
  'information-needed': NEEDS_YOU,
  'not-covered': STOPPED,
  unknown: UNKNOWN,
  'no-answer': UNKNOWN,
  asking: UNDER_WAY,
}

const CASE_LOOKS: Readonly<Record<CaseState, Look>> = {
  draft: DRAFT,
  ready: NEEDS_YOU,
  sending: UNDER_WAY,
  sent: WAITING,
  unknown: UNKNOWN,
  pended: WAITING,
  approved: OK,
  'partly-approved': NEEDS_YOU,
  modified: NEEDS_YOU,
  denied: STOPPED,
  'not-required': OK,
  'action-needed': NEEDS_YOU,
  rejected: STOPPED,
  cancelled: STOPPED,
}

const LINE_LOOKS: Readonly<Record<LineStatus, Look>> = {
  none: UNDER_WAY,
  approved: OK,
  'partially-approved': NEEDS_YOU,
  modified: NEEDS_YOU,
  denied: STOPPED,
  pended: WAITING,
  cancelled: STOPPED,
  'action-needed': NEEDS_YOU,
  'not-required': OK,
  unknown: UNKNOWN,
}

const CRITERION_LOOKS: Readonly<Record<ReviewView['criteria'][number]['status'], Look>> = {
  met: OK,
  'not-met': STOPPED,
  unknown: UNKNOWN,
}

/** `asked` is false where no payer was asked at all: then nobody failed to answer. */
export function CoverageTag({ state, asked = true }: { state: CoverageState; asked?: boolean }) {
  const say = useSay()
  if (!asked && state === 'unknown') return <Tag {...UNKNOWN}>{say('coverage.state.notAsked')}</Tag>
  return <Tag {...COVERAGE_LOOKS[state]}>{say(`coverage.state.${state}`)}</Tag>
}

/** `state` comes as text from lists that outlive versions; one we do not know is shown as unknown. */
export function CaseTag({ state }: { state: string }) {
  const say = useSay()
  return (
    <Tag {...(CASE_LOOKS[state as CaseState] ?? UNKNOWN)}>
      {say(`case.state.${state in CASE_LOOKS ? state : 'unknown'}`)}
    </Tag>
  )
}

export function LineTag({ status }: { status: LineStatus }) {
  const say = useSay()
  return <Tag {...LINE_LOOKS[status]}>{say(`line.status.${status}`)}</Tag>
}

export function CriterionTag({ status }: { status: ReviewView['criteria'][number]['status'] }) {
  const say = useSay()
  return <Tag {...CRITERION_LOOKS[status]}>{say(`criteria.status.${status}`)}</Tag>
}
