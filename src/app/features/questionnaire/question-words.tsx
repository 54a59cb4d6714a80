/** What a question says of itself: its text as the payer styled it, prompts and hints, help, links, pictures. */
import { useState, type ReactNode } from 'react'
import type { ItemView } from '#domain/dtr/form/form-state.ts'
import { useSay } from '../../i18n/use-say.ts'
import { StyledText } from '../../ui/styled-text.tsx'
import text from '../../ui/text.module.css'
import answerStyles from './answer.module.css'
import { Media } from './media.tsx'
import { ClearButton, isClearable } from './origin-row.tsx'
import styles from './question.module.css'
import { SupportLinks } from './support-links.tsx'

interface WordsProps {
  readonly item: ItemView
  readonly id: string
  readonly grouped: boolean
  readonly frozen: boolean
  /** The button that shows it, where it stands at the question. */
  readonly history: ReactNode
}

export function Words({ item, id, grouped, frozen, history }: WordsProps) {
  const Label = grouped ? 'span' : 'label'
  const { facts } = item
  const clearable = !frozen && isClearable(item)
  return (
    <>
      <div className={styles.words}>
        <Label id={`${id}-label`} className={styles.label} {...(grouped ? {} : { htmlFor: id })}>
          <ItemText item={item} />
          {item.required && item.answers.length === 0 && <RequiredMark />}
        </Label>
        {item.help !== null && <Help item={item} />}
        {facts.links.length > 0 && <SupportLinks links={facts.links} question={item.text} />}
        {(history !== null || clearable) && (
          <span className={styles.rare}>
            {history}
            {clearable && <ClearButton item={item} />}
          </span>
        )}
      </div>
      {facts.media !== null && <Media media={facts.media} name={item.text} />}
    </>
  )
}

/** Prefix and text. The engine may have another text now than the form was written with: then markup says nothing of it. */
export function ItemText({ item }: { item: ItemView }) {
  const { facts } = item
  return (
    <>
      {item.prefix !== null && (
        <span className={text.faint}>
          <StyledText words={{ ...facts.prefix, text: item.prefix }} />{' '}
        </span>
      )}
      <StyledText words={item.text === facts.text.text ? facts.text : { text: item.text, xhtml: null, style: null }} />
    </>
  )
}

/** Why a question takes no answer of this person now. */
export function LockWords({ item, id }: { item: ItemView; id: string }) {
  const say = useSay()
  if (item.locked === null) return null
  return (
    <p id={`${id}-lock`} className={styles.lock}>
      {say(`form.locked.${item.locked}`)}
    </p>
  )
}

function RequiredMark() {
  return <span className={styles.required}>{useSay()('form.required')}</span>
}

/** Help is there for whoever asks, by the mouse, by touch and by keyboard alike. */
function Help({ item }: { item: ItemView }) {
  const say = useSay()
  const [open, setOpen] = useState(false)
  const { help, flyover } = item.facts.labels
  return (
    <>
      <button
        type="button"
        className={answerStyles.link}
        aria-expanded={open}
        aria-label={say('form.helpNamed', { question: item.text })}
        onClick={() => setOpen(!open)}
      >
        {say('form.help')}
      </button>
      {open && (
        <div className={styles.help}>
          {[...help, ...flyover].map((words, index) => (
            <div key={index}>
              <StyledText words={words} />
            </div>
          ))}
        </div>
      )}
    </>
  )
}

/** What stands under the text: prompts and plain displays, and the small print. */
export function Hints({ item, id }: { item: ItemView; id: string }) {
  const { none, inline, prompt, legal } = item.facts.labels
  const hints = [...none, ...inline, ...prompt]
  if (hints.length === 0 && legal.length === 0) return null
  return (
    <div id={`${id}-hints`}>
      {hints.map((words, index) => (
        <div key={index} className={styles.hint}>
          <StyledText words={words} />
        </div>
      ))}
      {legal.map((words, index) => (
        <small key={index} className={styles.legal}>
          <StyledText words={words} />
        </small>
      ))}
    </div>
  )
}

export const hasHints = ({ facts: { labels } }: ItemView): boolean =>
  labels.none.length + labels.inline.length + labels.prompt.length + labels.legal.length > 0
