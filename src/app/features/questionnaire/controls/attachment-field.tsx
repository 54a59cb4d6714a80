import { useRef, useState } from 'react'
import type { DocumentReference, FhirResource } from 'fhir/r4'
import { answerFromDocument, answerFromFile, checkFile } from '#domain/dtr/item/attachment.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import type { Answer } from '#domain/dtr/form/form-state.ts'
import type { Message, Result } from '#domain/result.ts'
import { useSay, useSayMessage } from '../../../i18n/use-say.ts'
import { useAnnounce } from '../../../layout/announcer.tsx'
import { Button } from '../../../ui/button.tsx'
import { useFormStore } from '../form-store.ts'
import styles from '../fields.module.css'
import { ChartLookup } from './chart-lookup.tsx'
import type { ControlProps } from './control.tsx'
import { OfferedList } from './offered-list.tsx'

const DOCUMENTS = ['DocumentReference'] as const

/** Documents: those the form or the chart offers, one more from the chart, or a file from this computer. */
export function AttachmentField({ item, id, readOnly, describedBy }: ControlProps) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const store = useFormStore()
  const announce = useAnnounce()
  const [fault, setFault] = useState<Message | null>(null)
  const [looking, setLooking] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const take = (made: Result<Answer, Message>): void => {
    setFault(made.ok ? null : made.error)
    if (!made.ok) return
    const next = item.repeats ? [...item.answers, made.value] : [made.value]
    store.edit((state, edit) => answer(state, item.key, next, edit))
    announce(say('form.file.added', { name: made.value.valueAttachment?.title ?? '' }))
  }
  const upload = async (file: File): Promise<void> => {
    const refused = checkFile(item.facts, { contentType: file.type, size: file.size })
    if (refused !== null) return setFault(refused)
    const { name, type: contentType, size } = file
    const at = new Date(file.lastModified).toISOString()
    take(answerFromFile(item.facts, { name, contentType, size, data: await readBase64(file), at }))
  }
  const pick = (resource: FhirResource): void => {
    setLooking(false)
    take(answerFromDocument(item.facts, resource as DocumentReference))
  }
  return (
    <div className={styles.files} aria-describedby={describedBy}>
      <OfferedList item={item} readOnly={readOnly} />
      {item.answers.length === 0 && item.options.length === 0 && item.candidates.length === 0 && (
        <p className={styles.none}>{say('form.noDocuments')}</p>
      )}
      {!readOnly && (
        <p className={styles.fileActions}>
          <Button slim icon="doc" onClick={() => setLooking(true)}>
            {say('form.file.fromChart')}
          </Button>
          <Button slim icon="plus" onClick={() => input.current?.click()}>
            {say('form.file.upload')}
          </Button>
          <input
            ref={input}
            id={id}
            type="file"
            hidden
            accept={item.facts.mimeTypes.join(',') || undefined}
            onChange={(event) => {
              const file = event.target.files?.[0]
              if (file !== undefined) void upload(file)
              event.target.value = ''
            }}
          />
        </p>
      )}
      <p role="status" className={fault === null ? undefined : styles.refused}>
        {fault !== null && sayMessage(fault)}
      </p>
      {looking && <ChartLookup title={item.text} types={DOCUMENTS} onPick={pick} onClose={() => setLooking(false)} />}
    </div>
  )
}

function readBase64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result).replace(/^data:[^,]*,/, ''))
    reader.onerror = () => reject(new Error('The file cannot be read'))
    reader.readAsDataURL(file)
  })
}
