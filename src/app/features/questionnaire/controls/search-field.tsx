/**
 * A list to search in, and an answer of one's own where the form allows it. Where the codes are not in the form, the server
 * has them expanded with what was typed. The only user of react-aria.
 */
import { useEffect, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Button, ComboBox, Input, ListBox, ListBoxItem, Popover } from 'react-aria-components'
import { answerText, isSameAnswer } from '#domain/dtr/item/answer-value.ts'
import { answer, answerTyped } from '#domain/dtr/form/form-edit.ts'
import type { Answer, AnswerOption, ItemView } from '#domain/dtr/form/form-state.ts'
import { buildOption } from '#domain/dtr/item/item-options.ts'
import { optionsQuery } from '../../../api/queries.ts'
import { useSay } from '../../../i18n/use-say.ts'
import { Button as OwnButton } from '../../../ui/button.tsx'
import { Icon } from '../../../ui/icon.tsx'
import fields from '../fields.module.css'
import { useFormKey } from '../form-key.ts'
import { useFormStore } from '../form-store.ts'
import styles from '../search.module.css'
import type { ControlProps } from './control.tsx'

export function SearchField({ item, id, readOnly, describedBy, invalid }: ControlProps) {
  const say = useSay()
  const store = useFormStore()
  const present = item.repeats ? undefined : item.answers[0]
  const held = present === undefined ? '' : answerLabel(item, present)
  const [typed, setTyped] = useState<string | null>(null)
  const found = useFound(item, typed ?? '')
  const chosen = present === undefined ? undefined : found.options.find(({ answer: own }) => isSameAnswer(own, present))
  const give = (option: Answer): void =>
    store.edit((state, edit) => answer(state, item.key, item.repeats ? [...item.answers, option] : [option], edit))
  return (
    <div className={styles.search}>
      {item.repeats && <Chosen item={item} readOnly={readOnly} />}
      <ComboBox
        aria-label={item.text}
        className={styles.search ?? ''}
        isReadOnly={readOnly}
        isInvalid={invalid}
        allowsCustomValue={item.allowsOther}
        allowsEmptyCollection
        menuTrigger="focus"
        {...(found.isRemote ? { defaultFilter: () => true } : {})}
        items={found.options}
        disabledKeys={[...item.optionsDisabled]}
        selectedKey={chosen?.id ?? null}
        inputValue={typed ?? held}
        onInputChange={setTyped}
        onSelectionChange={(key) => {
          const option = found.options.find((candidate) => candidate.id === key)
          // Typing alone takes the selection back, too: that is no choice.
          if (option === undefined) return
          setTyped(null)
          give(option.answer)
        }}
        onBlur={() => {
          const words = typed?.trim()
          setTyped(null)
          if (words === undefined || words === held) return
          if (words === '' && !item.repeats) store.edit((state, edit) => answer(state, item.key, [], edit))
          else if (words !== '' && item.allowsOther)
            if (item.repeats) give({ valueString: words })
            else store.edit((state, edit) => answerTyped(state, item.key, words, edit))
        }}
      >
        <div className={styles.searchFrame}>
          <Input
            id={id}
            className={`${fields.field ?? ''} ${styles.searchField ?? ''}`}
            aria-describedby={describedBy}
            placeholder={found.isRemote ? say('form.search.type') : ''}
          />
          <Button className={styles.searchButton ?? ''} aria-label={say('form.openList')}>
            <Icon name="chevron" />
          </Button>
        </div>
        <Popover className={styles.searchPopover ?? ''}>
          <ListBox
            className={styles.searchList ?? ''}
            renderEmptyState={() => <p className={styles.searchNote}>{say(found.note)}</p>}
          >
            {(option: AnswerOption) => (
              <ListBoxItem id={option.id} textValue={option.label} className={styles.searchItem ?? ''}>
                {option.label}
              </ListBoxItem>
            )}
          </ListBox>
          {!found.complete && <p className={styles.searchNote}>{say('form.search.more')}</p>}
        </Popover>
      </ComboBox>
    </div>
  )
}

function answerLabel(item: ItemView, given: Answer): string {
  return item.options.find((option) => isSameAnswer(option.answer, given))?.label ?? answerText(given)
}

/** What was chosen so far, each with a way to take it back. */
function Chosen({ item, readOnly }: { item: ItemView; readOnly: boolean }) {
  const say = useSay()
  const store = useFormStore()
  return (
    <ul className={styles.chosen}>
      {item.answers.map((given, index) => {
        const label = answerLabel(item, given)
        return (
          <li key={index}>
            <span>{label}</span>
            {!readOnly && (
              <OwnButton
                look="quiet"
                slim
                icon="cross"
                aria-label={say('form.repetition.removeNamed', { title: label })}
                onClick={() => {
                  const rest = item.answers.filter((_, at) => at !== index)
                  store.edit((state, edit) => answer(state, item.key, rest, edit))
                }}
              >
                {say('form.repetition.remove')}
              </OwnButton>
            )}
          </li>
        )
      })}
    </ul>
  )
}

interface Found {
  readonly options: readonly AnswerOption[]
  readonly isRemote: boolean
  readonly complete: boolean
  /** What stands where nothing is listed. */
  readonly note: string
}

const REST_MS = 250

function useFound(item: ItemView, typed: string): Found {
  const isRemote = item.options.length === 0 && item.expansion !== 'given'
  const filter = useRested(typed.trim())
  const { data, error, isFetching } = useQuery({
    ...optionsQuery(useFormKey(), item.linkId, filter),
    enabled: isRemote,
    placeholderData: (before) => before,
  })
  if (!isRemote) return { options: item.options, isRemote, complete: true, note: 'form.search.none' }
  const note = error !== null ? 'form.search.failed' : isFetching ? 'form.search.reading' : 'form.search.none'
  const options = (data?.options ?? []).map(({ system, code, display, version }, index) =>
    buildOption(
      {
        valueCoding: {
          ...(system === null ? {} : { system }),
          ...(version === null ? {} : { version }),
          code,
          display,
        },
      },
      `r${String(index)}-${code}`,
    ),
  )
  return { options: error === null ? options : [], isRemote, complete: data?.complete ?? true, note }
}

/** A text once nothing has been typed for a moment. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), REST_MS)
    return () => clearTimeout(timer)
  }, [text])
  return rested
}
