/**
 * A file or a document of the chart as an answer of type attachment, held against what the question takes (R4 mimeType and
 * maxSize). A type may be named whole or as `image/*`; a form that names none takes any.
 */
import type { Attachment, DocumentReference } from 'fhir/r4'
import { err, message, ok, type Message, type Result } from '../../result.ts'
import type { Answer } from '../form/form-state.ts'
import type { ItemFacts } from './item-facts.ts'

type FileRules = Pick<ItemFacts, 'mimeTypes' | 'maxSizeMb'>

export interface ChosenFile {
  readonly name: string
  readonly contentType: string
  readonly size: number
  /** Base64. */
  readonly data: string
  readonly at: string
}

const MB = 1024 * 1024

/** What is wrong with a file before it is read; null where the question takes it. */
export function checkFile(rules: FileRules, file: Pick<ChosenFile, 'contentType' | 'size'>): Message | null {
  if (rules.maxSizeMb !== null && file.size > rules.maxSizeMb * MB)
    return message('form.file.too-large', { max: rules.maxSizeMb })
  if (!isTaken(rules.mimeTypes, file.contentType))
    return message('form.file.wrong-type', { types: rules.mimeTypes.join(', '), type: file.contentType })
  return null
}

function isTaken(wanted: readonly string[], contentType: string): boolean {
  const own = bare(contentType)
  return (
    wanted.length === 0 ||
    wanted.map(bare).some((type) => type === own || (type.endsWith('/*') && own.startsWith(type.slice(0, -1))))
  )
}

const bare = (contentType: string): string => (contentType.split(';')[0] ?? '').trim().toLowerCase()

/** A file from the person's own machine. */
export function answerFromFile(rules: FileRules, file: ChosenFile): Result<Answer, Message> {
  const fault = checkFile(rules, file)
  if (fault !== null) return err(fault)
  const { name, contentType, size, data, at } = file
  return ok({ valueAttachment: { contentType, title: name, size, data, creation: at } })
}

/** A document of the chart: its attachment as it stands there, under the document's own name. */
export function answerFromDocument(rules: FileRules, document: DocumentReference): Result<Answer, Message> {
  const attachments = document.content.map(({ attachment }) => attachment)
  const [first] = attachments
  if (first === undefined) return err(message('form.file.empty'))
  const fit = attachments.find(
    (attachment) =>
      checkFile(rules, { contentType: attachment.contentType ?? '', size: attachment.size ?? 0 }) === null,
  )
  if (fit === undefined) {
    const fault = checkFile(rules, { contentType: first.contentType ?? '', size: first.size ?? 0 })
    return err(fault ?? message('form.file.empty'))
  }
  return ok({ valueAttachment: named(fit, document) })
}

function named(attachment: Attachment, { description, type, date }: DocumentReference): Attachment {
  const title = attachment.title ?? description ?? type?.text ?? type?.coding?.[0]?.display
  const creation = attachment.creation ?? date
  return {
    ...attachment,
    ...(title === undefined ? {} : { title }),
    ...(creation === undefined ? {} : { creation }),
  }
}
