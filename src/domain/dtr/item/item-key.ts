/**
 * The address of one item of a filled form: link ids from the root joined by `/`, with `:n` (from 0) on every repetition
 * of a repeating group, e.g. `trials:1/trial.drug`. It is the key of origins, lookups and issues, in the browser, on the
 * server and in links. Repetitions are numbered by position, so keys after a removed repetition change.
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

/** The parts of a key, outermost first. */
export function parseItemKey(key: ItemKey): ItemKeyPart[] {
  return key.split('/').map((part) => {
    const [linkId = '', occurrence] = part.split(':')
    return { linkId: decodeURIComponent(linkId), occurrence: occurrence === undefined ? null : Number(occurrence) }
  })
}

/** The link id that a key ends in. */
export function linkIdOf(key: ItemKey): string {
  return parseItemKey(key).at(-1)?.linkId ?? ''
}

/** The key of the enclosing item; null at the root. */
export function parentKey(key: ItemKey): ItemKey | null {
  const cut = key.lastIndexOf('/')
  return cut === -1 ? null : key.slice(0, cut)
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
