/**
 * The address of one item of a filled form: link ids from the root joined by `/`, with `:n` (from 0) on every repetition
 * of a repeating group, e.g. `trials:1/trial.drug`. It is the key of origins, lookups and issues, in the browser, on the
 * server and in links. Repetitions are numbered by position, so keys after a removed repetition change.
 *
 * What stands under the first answer of a question stands under the question's own key (`drug/dose`), as it did when forms
 * knew no other answer's: what was saved then is still found. Under a later answer its number comes in between
 * (`drug/:1/dose` for the second one); no link id can look like that, since `:` is escaped in them.
 */
export type ItemKey = string

export interface ItemKeyPart {
  readonly linkId: string
  /** Position of the repetition; null for an item that is no repeating group. */
  readonly occurrence: number | null
}

const escape = (linkId: string): string => linkId.replace(/[%/:]/g, (character) => encodeURIComponent(character))

/** The key of an item under `parent` (null for the root). */
export function childKey(parent: ItemKey | null, linkId: string, occurrence: number | null = null): ItemKey {
  const own = occurrence === null ? escape(linkId) : `${escape(linkId)}:${String(occurrence)}`
  return parent === null ? own : `${parent}/${own}`
}

/** Where the items under one answer of a question stand: the place is the parent of their keys. */
export function answerPlace(question: ItemKey, index: number): ItemKey {
  return index === 0 ? question : `${question}/:${String(index)}`
}

const isAnswerMark = (part: string): boolean => part.startsWith(':')

/** Where an item stands: the key of the item around it, with the number of the answer; null at the root. */
export function placeOf(key: ItemKey): ItemKey | null {
  const cut = key.lastIndexOf('/')
  return cut === -1 ? null : key.slice(0, cut)
}

/** The item whose place it is. */
export function ownerOf(place: ItemKey): ItemKey {
  const cut = place.lastIndexOf('/')
  return isAnswerMark(place.slice(cut + 1)) ? place.slice(0, cut) : place
}

/** Under which answer of a question an item below it stands, at whatever depth. */
export function answerIndexBelow(question: ItemKey, below: ItemKey): number {
  const [next = ''] = below.slice(question.length + 1).split('/', 1)
  return isAnswerMark(next) ? Number(next.slice(1)) : 0
}

/** The parts of a key, outermost first; the numbers of answers are no parts. */
export function parseItemKey(key: ItemKey): ItemKeyPart[] {
  const parts = key.split('/').filter((part) => !isAnswerMark(part))
  return parts.map((part) => {
    const [linkId = '', occurrence] = part.split(':')
    return { linkId: decodeURIComponent(linkId), occurrence: occurrence === undefined ? null : Number(occurrence) }
  })
}

/** The key of another repetition of the same group at the same place. */
export function atRepetition(key: ItemKey, index: number): ItemKey {
  return `${key.slice(0, key.lastIndexOf(':'))}:${String(index)}`
}

/** The link id that a key ends in. */
export function linkIdOf(key: ItemKey): string {
  return parseItemKey(key).at(-1)?.linkId ?? ''
}

/** The key of the enclosing item; null at the root. */
export function parentKey(key: ItemKey): ItemKey | null {
  const place = placeOf(key)
  return place === null ? null : ownerOf(place)
}

/** The key of the outermost item, the section. */
export function sectionKey(key: ItemKey): ItemKey {
  const cut = key.indexOf('/')
  return cut === -1 ? key : key.slice(0, cut)
}

/** Whether `key` lies below `ancestor`. */
export function isBelow(key: ItemKey, ancestor: ItemKey): boolean {
  return key.startsWith(`${ancestor}/`)
}
