/** A picture or a file that the payer puts beside a question. What is not in the form itself is linked, never loaded by itself. */
import type { Attachment } from 'fhir/r4'
import { useSay } from '../../i18n/use-say.ts'
import { Icon } from '../../ui/icon.tsx'
import { safeHref } from '../../ui/safe-style.ts'
import styles from './media.module.css'

const IMAGES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

export function Media({ media, name, small = false }: { media: Attachment; name: string; small?: boolean }) {
  const say = useSay()
  const { contentType, data, url, title } = media
  if (contentType !== undefined && data !== undefined) {
    if (IMAGES.has(contentType))
      return (
        <img
          className={small ? styles.imageSmall : styles.image}
          src={`data:${contentType};base64,${data}`}
          alt={title ?? say('form.media.alt', { question: name })}
        />
      )
    return <FileLink contentType={contentType} data={data} label={title ?? say('form.media.open')} />
  }
  const href = url === undefined ? null : safeHref(url)
  if (href === null) return null
  return (
    <a className={styles.link} href={href} target="_blank" rel="noopener noreferrer">
      <Icon name="external" size={14} />
      {title ?? say('form.media.open')}
    </a>
  )
}

/** A file the form carries; the browser saves it and opens nothing of it in our page. */
export function FileLink({ contentType, data, label }: { contentType: string; data: string; label: string }) {
  return (
    <button
      type="button"
      className={styles.link}
      onClick={() => {
        const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
        const address = URL.createObjectURL(new Blob([bytes], { type: contentType }))
        const anchor = document.createElement('a')
        anchor.href = address
        anchor.download = label
        anchor.click()
        URL.revokeObjectURL(address)
      }}
    >
      <Icon name="doc" size={14} />
      {label}
    </button>
  )
}
