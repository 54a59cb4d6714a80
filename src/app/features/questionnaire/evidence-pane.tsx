/** What an answer rests on: the resource in readable words, the value marked, and how it was found. */
import { memo, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { AnswerOrigin, EvidenceView } from '#domain/contract/form.ts'
import type { ItemView } from '#domain/dtr/form/form-state.ts'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'
import { evidenceQuery, type CaseKey, type EvidenceResource } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { originLook } from '../../components/origin-tag.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useHasSentence, useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Facts } from '../../ui/facts.tsx'
import text from '../../ui/text.module.css'
import { AnswerHistory } from './answer-history.tsx'
import { useActiveItem, useActiveItemStore } from './active-item.ts'
import { describeAnswers } from './describe-answer.ts'
import styles from './evidence.module.css'
import { useFormStore, useItem } from './form-store.ts'
import { namesOf } from './item-names.ts'
import { ResourceDialog } from './resource-dialog.tsx'
import { isMarked, readFields, type FieldValue } from './resource-fields.ts'

/** Beside the questions: follows the question being looked at. */
export function EvidencePane({ caseKey }: { caseKey: CaseKey }) {
  const say = useSay()
  const { key: itemKey } = useActiveItem()
  return (
    <aside className={styles.pane} aria-label={say('evidence.title')}>
      <h2 className={styles.paneTitle}>{say('evidence.title')}</h2>
      {itemKey === null ? <Nothing /> : <PaneContent caseKey={caseKey} itemKey={itemKey} />}
    </aside>
  )
}

function PaneContent({ caseKey, itemKey }: { caseKey: CaseKey; itemKey: ItemKey }) {
  const item = useItem(itemKey)
  if (item === undefined) return <Nothing />
  return (
    <>
      {item.origin === null || item.origin.evidence.length === 0 ? (
        <Nothing here />
      ) : (
        <Evidence caseKey={caseKey} item={item} origin={item.origin} />
      )}
      <AnswerHistory key={item.key} item={item} />
    </>
  )
}

function Nothing({ here = false }: { here?: boolean }) {
  const say = useSay()
  return <p className={cx(text.muted, text.small)}>{say(here ? 'evidence.noneHere' : 'evidence.none')}</p>
}

/** Under its answer, where there is no room beside. */
export function InlineEvidence({ caseKey, item }: { caseKey: CaseKey; item: ItemView }) {
  const { origin } = item
  if (origin === null || origin.evidence.length === 0) return null
  return (
    <div className={styles.inlineEvidence}>
      <Evidence caseKey={caseKey} item={item} origin={origin} />
    </div>
  )
}

function Evidence({ caseKey, item, origin }: { caseKey: CaseKey; item: ItemView; origin: AnswerOrigin }) {
  const { evidenceIndex } = useActiveItem()
  const shown = origin.evidence[evidenceIndex] ?? origin.evidence[0]
  if (shown === undefined) return null
  return (
    <>
      <div className={styles.panel}>
        <Source caseKey={caseKey} evidence={shown} />
        <Provenance item={item} origin={origin} />
      </div>
      <AlsoFound item={item} evidence={origin.evidence} shown={shown} />
    </>
  )
}

/** Kept through edits of the answer: they leave its source as it is. */
const Source = memo(function Source({ caseKey, evidence }: { caseKey: CaseKey; evidence: EvidenceView }) {
  const say = useSay()
  const has = useHasSentence()
  const formats = useFormats()
  const [full, setFull] = useState(false)
  const { data, error, isPending } = useQuery(evidenceQuery(caseKey, evidence.evidenceId))
  const type = `fhir.type.${evidence.resourceType}`
  return (
    <>
      <header className={styles.paneHead}>
        <div className={styles.paneName}>
          <h3>{evidence.label}</h3>
          {evidence.date !== null && <span className={cx(text.faint, text.small)}>{formats.date(evidence.date)}</span>}
        </div>
        <p className={cx(text.muted, text.small)}>
          {[
            has(type) ? say(type) : evidence.resourceType,
            evidence.versionId === null ? null : say('evidence.version', { version: evidence.versionId }),
          ]
            .filter((part) => part !== null)
            .join(' · ')}
        </p>
      </header>
      <div className={styles.paneBody}>
        {isPending && <p className={cx(text.faint, text.small)}>{say('evidence.reading')}</p>}
        <FailureNotice failure={error} />
        {data !== undefined && <Fields data={data} evidence={evidence} />}
        {data !== undefined && (
          <p className={styles.paneMore}>
            <Button look="quiet" slim onClick={() => setFull(true)}>
              {say('evidence.whole')}
            </Button>
          </p>
        )}
      </div>
      {full && data !== undefined && (
        <ResourceDialog launchId={caseKey.launchId} evidence={evidence} data={data} onClose={() => setFull(false)} />
      )}
    </>
  )
})

function Fields({ data, evidence }: { data: EvidenceResource; evidence: EvidenceView }) {
  const say = useSay()
  const has = useHasSentence()
  // The resource's name stands above already.
  const fields = readFields(data.resource).filter(
    ({ values: [first, ...more] }) => !(more.length === 0 && first?.kind === 'text' && first.text === evidence.label),
  )
  return (
    <Facts
      facts={fields.map((field) => {
        const key = `fhir.element.${field.element}`
        const words = <Words values={field.values} />
        return {
          label: field.ownLabel ?? (has(key) ? say(key) : spell(field.element)),
          value: isMarked(field, evidence.path) ? <mark>{words}</mark> : words,
        }
      })}
    />
  )
}

function Words({ values }: { values: readonly FieldValue[] }) {
  const formats = useFormats()
  return values.map((value) => (value.kind === 'date' ? formats.date(value.date) : value.text)).join(', ')
}

/** `reasonReference` as `Reason reference`: for elements without a word of their own. */
function spell(element: string): string {
  const words = element.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function Provenance({ item, origin }: { item: ItemView; origin: AnswerOrigin }) {
  const say = useSay()
  const formats = useFormats()
  const { model } = useFormStore().read()
  const inputs = namesOf(model, origin.inputs)
  const facts = [
    { label: say('evidence.answer'), value: describeAnswers(item.answers, formats, say) },
    { label: say('evidence.foundBy'), value: origin.foundBy },
    { label: say('evidence.inputs'), value: inputs.length === 0 ? null : formats.list(inputs) },
    { label: say('evidence.readOn'), value: formats.dateTime(origin.at) },
    { label: say('evidence.origin'), value: standing(item, origin, say) },
  ].filter(({ value }) => value !== null && value !== '')
  return (
    <div className={styles.paneFoot}>
      <Facts facts={facts} />
    </div>
  )
}

function standing(item: ItemView, origin: AnswerOrigin, say: ReturnType<typeof useSay>): string {
  const look = say(`origin.${originLook(origin)}`)
  if (item.needs === 'confirmation') return say('evidence.notConfirmed', { origin: look })
  const by = origin.confirmation?.confirmedAt === null ? null : (origin.confirmation?.by ?? null)
  return by === null ? look : say('evidence.confirmedBy', { origin: look, name: by })
}

/** The other resources that spoke to this question. */
function AlsoFound({
  item,
  evidence,
  shown,
}: {
  item: ItemView
  evidence: readonly EvidenceView[]
  shown: EvidenceView
}) {
  const say = useSay()
  const formats = useFormats()
  const { openEvidence } = useActiveItemStore()
  if (evidence.length < 2) return null
  return (
    <>
      <h3 className={styles.alsoTitle}>{say('evidence.also')}</h3>
      <ul className={styles.panel}>
        {evidence.map((entry, index) =>
          entry === shown ? null : (
            <li key={`${entry.evidenceId}-${String(index)}`}>
              <button type="button" className={styles.also} onClick={() => openEvidence(item.key, index)}>
                <span>{[entry.label, entry.value].filter((part) => part !== null).join(' ')}</span>
                {entry.date !== null && <span className={text.faint}>{formats.date(entry.date)}</span>}
              </button>
            </li>
          ),
        )}
      </ul>
    </>
  )
}
