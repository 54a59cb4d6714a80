/**
 * The words of an item: its text and prefix as the payer styled them, and the display children that label it (SDC itemControl
 * for display items). Markup and styles are the payer's, raw and hostile: the screen sanitises them before it draws them.
 */
import type { Element, QuestionnaireItem, Resource } from 'fhir/r4'
import { readSubQuestionnaire } from './sub-questionnaire.ts'
import { EXT } from '../../fhir/canonical.ts'
import { readExtension, readExtensions } from '../../fhir/extension.ts'

/** Words as plain text, and as the payer would have them drawn. `xhtml` replaces `text`; both raw strings. */
export interface StyledText {
  readonly text: string
  readonly xhtml: string | null
  readonly style: string | null
}

/** What a display child is to its question (item controls for display; `none` for a display without one). */
export type LabelRole = 'inline' | 'prompt' | 'unit' | 'lower' | 'upper' | 'flyover' | 'help' | 'legal' | 'none'

export type ItemLabels = Readonly<Record<LabelRole, readonly StyledText[]>>

/** A link beside an item. One that names a contained Binary carries it: a PDF or XHTML page of the payer. */
export interface SupportLink {
  readonly href: string
  readonly label: string | null
  readonly binary: { readonly contentType: string; readonly data: string } | null
}

const ROLES: ReadonlySet<string> = new Set(['inline', 'prompt', 'unit', 'lower', 'upper', 'flyover', 'help', 'legal'])

/** Labels that say nothing where a group stands: there such a display is an item of its own, in its place. */
const ROLES_OF_GROUPS: ReadonlySet<LabelRole> = new Set<LabelRole>(['help', 'flyover', 'legal', 'unit'])

/** Every item control of an item, its own first; codes of any code system, since real forms leave it out. */
export function readControls(item: QuestionnaireItem): string[] {
  return readExtensions(item, EXT.itemControl).flatMap(({ valueCodeableConcept, valueCode }) => {
    const codes = (valueCodeableConcept?.coding ?? []).flatMap(({ code }) => code ?? [])
    return valueCode === undefined ? codes : [...codes, valueCode]
  })
}

/** Text with what its primitive's extensions say of it; markup in base64 (as SDC 4 puts it) is decoded. */
export function styled(text: string | undefined, primitive: Element | undefined): StyledText {
  const xhtml = readExtension(primitive, EXT.renderingXhtml)?.valueString
  const style = readExtension(primitive, EXT.renderingStyle)?.valueString
  return { text: text ?? '', xhtml: xhtml === undefined ? null : decodeMarkup(xhtml), style: style ?? null }
}

function decodeMarkup(xhtml: string): string {
  if (xhtml.includes('<') || !/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(xhtml)) return xhtml
  try {
    const bytes = Uint8Array.from(atob(xhtml), (character) => character.charCodeAt(0))
    const decoded = new TextDecoder().decode(bytes)
    return decoded.includes('<') ? decoded : xhtml
  } catch {
    return xhtml
  }
}

/** A display child is absorbed into its question unless it comes and goes by a condition of its own, is hidden, or stands for a part. */
function roleOf(child: QuestionnaireItem, isGroup: boolean): LabelRole | null {
  const isOwn =
    child.type !== 'display' ||
    (child.enableWhen ?? []).length > 0 ||
    readExtension(child, EXT.enableWhenExpression) !== undefined ||
    readSubQuestionnaire(child) !== null ||
    readExtension(child, EXT.hidden)?.valueBoolean === true
  if (isOwn) return null
  const role = (readControls(child).find((code) => ROLES.has(code)) ?? 'none') as LabelRole
  return isGroup && !ROLES_OF_GROUPS.has(role) ? null : role
}

/** The labels of an item, and the children that went into them and are no items of their own. */
export function readLabels(item: QuestionnaireItem): {
  readonly labels: ItemLabels
  readonly absorbed: ReadonlySet<QuestionnaireItem>
} {
  const labels: Record<LabelRole, StyledText[]> = {
    inline: [],
    prompt: [],
    unit: [],
    lower: [],
    upper: [],
    flyover: [],
    help: [],
    legal: [],
    none: [],
  }
  const absorbed = new Set<QuestionnaireItem>()
  for (const child of item.item ?? []) {
    const role = roleOf(child, item.type === 'group')
    if (role === null) continue
    absorbed.add(child)
    if (child.text !== undefined) labels[role].push(styled(child.text, child._text))
  }
  return { labels, absorbed }
}

/** supportLink of 2.0.1 and 2.1 (many, a bare uri) and supportHyperlink of 2.2 (one, label and link; `#id` of a Binary). */
export function readSupportLinks(item: QuestionnaireItem, contained: readonly Resource[]): SupportLink[] {
  const old = readExtensions(item, EXT.supportLink).map(({ valueUri }) => ({ href: valueUri, label: undefined }))
  const recent = readExtensions(item, EXT.supportHyperlink).map((extension) => ({
    href: readExtension(extension, 'link')?.valueUri ?? extension.valueUri,
    label: readExtension(extension, 'label')?.valueString,
  }))
  return [...recent, ...old].flatMap(({ href, label }) =>
    href === undefined ? [] : [{ href, label: label ?? null, binary: findBinary(href, contained) }],
  )
}

function findBinary(href: string, contained: readonly Resource[]): SupportLink['binary'] {
  const found = href.startsWith('#') ? contained.find(({ id }) => id === href.slice(1)) : undefined
  if (found?.resourceType !== 'Binary') return null
  const { contentType, data } = found as { contentType?: unknown; data?: unknown }
  return typeof contentType === 'string' && typeof data === 'string' ? { contentType, data } : null
}
