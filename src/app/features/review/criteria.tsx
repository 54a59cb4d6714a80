import type { ReviewView } from '#domain/contract/case.ts'
import type { CaseKey } from '../../api/queries.ts'
import { CriterionTag } from '../../components/state-tag.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { Link } from '../../router.tsx'
import { cx } from '../../ui/cx.ts'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import { Tag } from '../../ui/tag.tsx'
import text from '../../ui/text.module.css'
import styles from './review.module.css'

/** The policy's criteria against these answers. It foretells nothing: the plan decides. */
export function Criteria({ caseKey, review }: { caseKey: CaseKey; review: ReviewView }) {
  const say = useSay()
  const formats = useFormats()
  const { criteria, policy } = review
  if (criteria.length === 0) return null
  const [first] = criteria
  const shared = first !== undefined && criteria.every(({ source }) => source === first.source) ? first.source : null
  return (
    <Panel labelledBy="review-criteria">
      <PanelHeader aside={<Summary criteria={criteria} />}>
        <h2 id="review-criteria" className={styles.heading}>
          {say('criteria.title')}
        </h2>
      </PanelHeader>
      <ul className={styles.criteria}>
        {criteria.map((criterion) => (
          <Criterion
            key={criterion.id}
            caseKey={caseKey}
            criterion={criterion}
            ownSource={shared === null ? criterion.source : null}
          />
        ))}
      </ul>
      {policy !== null && (
        <p className={cx(text.faint, text.small, styles.policy)}>
          {shared !== null && `${shared}. `}
          {say('criteria.policy', {
            source: policy.source,
            title: policy.title,
            version: policy.version,
            date: formats.date(policy.reviewedOn),
          })}
        </p>
      )}
    </Panel>
  )
}

function Summary({ criteria }: { criteria: ReviewView['criteria'] }) {
  const say = useSay()
  const failed = criteria.filter(({ status }) => status === 'not-met').length
  const unknown = criteria.filter(({ status }) => status === 'unknown').length
  if (failed > 0)
    return (
      <Tag tone="stop" icon="cross">
        {say('criteria.notMet', { count: failed })}
      </Tag>
    )
  if (unknown > 0)
    return (
      <Tag tone="wait" icon="bang">
        {say('criteria.open', { count: unknown })}
      </Tag>
    )
  return (
    <Tag tone="ok" icon="check">
      {say('criteria.allMet')}
    </Tag>
  )
}

/** How many sources stand by name beside a criterion; the rest is a number. */
const NAMED_SOURCES = 2

function Criterion({
  caseKey,
  criterion,
  ownSource,
}: {
  caseKey: CaseKey
  criterion: ReviewView['criteria'][number]
  ownSource: string | null
}) {
  const say = useSay()
  const formats = useFormats()
  const sayMessage = useSayMessage()
  const sources = criterion.evidence.map(({ label, date }) =>
    date === null ? label : `${label}, ${formats.date(date)}`,
  )
  const named = sources.slice(0, NAMED_SOURCES).join('; ')
  const more = sources.length - NAMED_SOURCES
  const words =
    sources.length === 0 ? say('criteria.toForm') : more > 0 ? say('criteria.andMore', { named, count: more }) : named
  return (
    <li className={styles.criterion}>
      <CriterionTag status={criterion.status} />
      <div className={text.small}>
        <p className={text.strong}>{criterion.label}</p>
        <p>{sayMessage(criterion.message)}</p>
        {criterion.itemKey !== null ? (
          <Link to={{ screen: 'form', ...caseKey, item: criterion.itemKey }}>{words}</Link>
        ) : (
          sources.length > 0 && <span className={text.muted}>{words}</span>
        )}
        {ownSource !== null && <p className={text.faint}>{ownSource}</p>}
      </div>
    </li>
  )
}
