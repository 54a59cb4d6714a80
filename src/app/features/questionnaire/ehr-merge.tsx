/** The copy in the EHR was changed by somebody else: both versions side by side, one chosen for each question, then saved. */
import { useState } from 'react'
import type { EhrConflict, FormView } from '#domain/contract/form.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import type { Answer } from '#domain/dtr/form/form-state.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import { Choice } from './decisions.tsx'
import styles from './decisions.module.css'
import type { FormSaver } from './form-saver.ts'
import { useFormStore } from './form-store.ts'
import { useFormAction } from './use-form-action.ts'

/** Whether there is something to choose: a form that is closed, or a copy that differs in no answer, has nothing. */
export function conflictToMerge({ ehr, conflict, status }: FormView): EhrConflict | null {
  const isOpen = status !== 'completed' && status !== 'stopped'
  return isOpen && ehr.state === 'conflict' && conflict !== null && conflict.items.length > 0 ? conflict : null
}

type Chosen = 'first' | 'second'

/** Mount it under the EHR's version: another version is another merge. Nothing is saved there before each is decided. */
export function EhrMerge({ conflict, saver }: { conflict: EhrConflict; saver: FormSaver }) {
  const say = useSay()
  const formats = useFormats()
  const store = useFormStore()
  const copy = useFormAction<{ onto: string | null }>(saver, 'ehr')
  const [choices, setChoices] = useState<Readonly<Record<string, Chosen>>>({})
  const left = conflict.items.filter(({ itemKey }) => choices[itemKey] === undefined).length
  const author = conflict.author ?? say('form.conflicts.somebody')
  const choose = (itemKey: string, chosen: Chosen, answers: readonly unknown[] | null): void => {
    if (answers !== null) store.edit((state, edit) => answer(state, itemKey, answers as Answer[], edit))
    setChoices({ ...choices, [itemKey]: chosen })
  }
  return (
    <Panel labelledBy="ehr-merge">
      <PanelHeader>
        <h2 id="ehr-merge">{say('form.ehr.merge.title', { count: conflict.items.length })}</h2>
      </PanelHeader>
      <p className={styles.note}>
        {conflict.lastUpdated === null
          ? say('form.ehr.merge.text', { author })
          : say('form.ehr.merge.textAt', { author, at: formats.dateTime(conflict.lastUpdated) })}
      </p>
      <ul className={styles.list}>
        {conflict.items.map(({ itemKey, mine, theirs }) => (
          <Choice
            key={itemKey}
            itemKey={itemKey}
            first={{ label: say('form.ehr.merge.mine'), answers: mine as Answer[] }}
            second={{ label: say('form.ehr.merge.theirs'), answers: theirs as Answer[], source: conflict.author }}
            chosen={choices[itemKey] ?? null}
            busy={copy.isPending}
            // What stands here already keeps its origin; it is given again only where theirs had taken its place.
            onFirst={() => choose(itemKey, 'first', choices[itemKey] === 'second' ? mine : null)}
            onSecond={() => choose(itemKey, 'second', theirs)}
          />
        ))}
      </ul>
      <FailureNotice failure={copy.error} />
      <p className={styles.save}>
        <Button
          look="primary"
          disabled={left > 0}
          busy={copy.isPending}
          onClick={() => copy.mutate({ onto: conflict.versionId })}
        >
          {say('form.ehr.merge.save')}
        </Button>
        {left > 0 && <span className={styles.left}>{say('form.ehr.merge.left', { count: left })}</span>}
      </p>
    </Panel>
  )
}
