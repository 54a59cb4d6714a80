/** What the form wants signed, as a whole or question by question: the name typed under an attestation. */
import { useId, useState } from 'react'
import { sign } from '#domain/dtr/form/form-edit.ts'
import type { FormState } from '#domain/dtr/form/form-state.ts'
import { listSignaturePlaces, type SignaturePlace } from '#domain/dtr/form/signatures.ts'
import { buildTypedSignature, isOwnName } from '#domain/dtr/form/typed-signature.ts'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { useAnnounce } from '../../layout/announcer.tsx'
import { Button } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import fields from './fields.module.css'
import styles from './form-head.module.css'
import { useFormStore, useFormValue } from './form-store.ts'

const placesOf = (state: FormState): readonly SignaturePlace[] => listSignaturePlaces(state)
const isSame = (before: unknown, after: unknown): boolean => JSON.stringify(before) === JSON.stringify(after)

export function Signatures({ signerName, frozen }: { signerName: string; frozen: boolean }) {
  const say = useSay()
  const places = useFormValue(placesOf, isSame)
  if (places.length === 0) return null
  return (
    <Panel labelledBy="form-signatures">
      <PanelHeader>
        <h2 id="form-signatures">{say('form.sign.title')}</h2>
      </PanelHeader>
      <ul>
        {places.map((place) => (
          <li key={place.itemKey ?? ''} className={styles.panel}>
            <Place place={place} signerName={signerName} frozen={frozen} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Place({ place, signerName, frozen }: { place: SignaturePlace; signerName: string; frozen: boolean }) {
  const say = useSay()
  const formats = useFormats()
  const store = useFormStore()
  const announce = useAnnounce()
  const id = useId()
  const [name, setName] = useState('')
  const question = place.itemKey === null ? null : (store.read().items.get(place.itemKey)?.text ?? '')
  const what = question === null ? say('form.sign.whole') : say('form.sign.item', { question })
  const [signed] = place.signatures.slice(-1)
  if (signed !== undefined)
    return (
      <Notice tone="ok">
        {say('form.sign.signed', { what, name: signed.who.display ?? '', at: formats.dateTime(signed.when) })}
      </Notice>
    )
  if (frozen) return <p>{say('form.sign.not', { what })}</p>
  const signer = { name: signerName, reference: null }
  return (
    <>
      <label htmlFor={id}>{say('form.sign.attest', { what, name: signerName })}</label>
      <div className={fields.fileActions}>
        <span className={fields.fieldFrame}>
          <input
            id={id}
            className={fields.field}
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </span>
        <Button
          disabled={!isOwnName(name, signer)}
          onClick={() => {
            store.edit((state, edit) =>
              sign(state, place.itemKey, buildTypedSignature(name, signer, place.kinds, edit.at), edit),
            )
            announce(say('form.sign.done'))
          }}
        >
          {say('form.sign.sign')}
        </Button>
      </div>
    </>
  )
}
