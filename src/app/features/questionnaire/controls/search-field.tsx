/** A list to search in, and an answer of one's own where the form allows it. The only user of react-aria. */
import { useState } from 'react'
import { Button, ComboBox, Input, ListBox, ListBoxItem, Popover } from 'react-aria-components'
import { answerText, isSameAnswer } from '#domain/dtr/answer-value.ts'
import { answer, answerTyped } from '#domain/dtr/form-edit.ts'
import { useSay } from '../../../i18n/use-say.ts'
import { Icon } from '../../../ui/icon.tsx'
import { useFormStore } from '../form-store.ts'
import fields from '../fields.module.css'
import styles from '../search.module.css'
import type { ControlProps } from './control.tsx'

export function SearchField({ item, id, readOnly, describedBy, invalid }: ControlProps) {
  const say = useSay()
  const store = useFormStore()
  const present = item.answers[0]
  const chosen = present === undefined ? undefined : item.options.find((option) => isSameAnswer(option.answer, present))
  const held = present === undefined ? '' : (chosen?.label ?? answerText(present))
  const [typed, setTyped] = useState<string | null>(null)
  return (
    <ComboBox
      aria-label={item.text}
      className={styles.search ?? ''}
      isReadOnly={readOnly}
      isInvalid={invalid}
      allowsCustomValue={item.allowsOther}
      menuTrigger="focus"
      selectedKey={chosen?.id ?? null}
      inputValue={typed ?? held}
      onInputChange={setTyped}
      onSelectionChange={(key) => {
        const option = item.options.find((candidate) => candidate.id === key)
        setTyped(null)
        if (option !== undefined) store.edit((state, edit) => answer(state, item.key, [option.answer], edit))
      }}
      onBlur={() => {
        const words = typed?.trim()
        setTyped(null)
        if (words === undefined || words === held) return
        if (words === '') store.edit((state, edit) => answer(state, item.key, [], edit))
        else if (item.allowsOther) store.edit((state, edit) => answerTyped(state, item.key, words, edit))
      }}
    >
      <div className={styles.searchFrame}>
        <Input id={id} className={`${fields.field ?? ''} ${styles.searchField ?? ''}`} aria-describedby={describedBy} />
        <Button className={styles.searchButton ?? ''} aria-label={say('form.openList')}>
          <Icon name="chevron" />
        </Button>
      </div>
      <Popover className={styles.searchPopover ?? ''}>
        <ListBox className={styles.searchList ?? ''} items={item.options}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className={styles.searchItem ?? ''}>
              {option.label}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}
