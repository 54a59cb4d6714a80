import { useState } from 'react'
import type { SupportLink } from '#domain/dtr/item/item-labels.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { safeHref } from '../../ui/safe-style.ts'
import { StyledText } from '../../ui/styled-text.tsx'
import text from '../../ui/text.module.css'
import answerStyles from './answer.module.css'
import { FileLink } from './media.tsx'

const MARKUP = /^(text\/html|application\/xhtml\+xml)/

/** Links that the payer gives: opened beside the EHR, apart from our page, and only over http or https. */
export function SupportLinks({ links, question }: { links: readonly SupportLink[]; question: string }) {
  const say = useSay()
  return links.map(({ href, label, binary }, index) => {
    const name = label ?? say('form.supportLink')
    if (binary !== null)
      return MARKUP.test(binary.contentType) ? (
        <Page key={index} name={name} data={binary.data} />
      ) : (
        <FileLink key={index} contentType={binary.contentType} data={binary.data} label={name} />
      )
    const address = safeHref(href)
    if (address === null) return null
    return (
      <a
        key={index}
        className={text.small}
        href={address}
        target="_blank"
        rel="noopener noreferrer"
        aria-label={say('form.supportLinkNamed', { link: name, question })}
      >
        {name}
      </a>
    )
  })
}

/** A page that the form itself carries. */
function Page({ name, data }: { name: string; data: string }) {
  const say = useSay()
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" className={answerStyles.link} onClick={() => setOpen(true)}>
        {name}
      </button>
      {open && (
        <Dialog wide title={name} closeLabel={say('shell.close')} onClose={() => setOpen(false)}>
          <StyledText words={{ text: name, xhtml: decode(data), style: null }} />
        </Dialog>
      )}
    </>
  )
}

function decode(data: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)))
  } catch {
    return ''
  }
}
