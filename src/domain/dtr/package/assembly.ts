/**
 * A modular form put together (SDC modular forms, $assemble): in the place of an item that stands for a sub-questionnaire come
 * that one's items, found among the form's contained resources or its package. What cannot be found stays where it is, and is
 * an error at its item; so is a part that would contain itself. The form's canonical stays: the response names the payer's form.
 */
import type { Extension, Resource, Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtensions } from '../../fhir/extension.ts'
import { listOf } from '../../fhir/list.ts'
import { readSubQuestionnaire } from '../item/sub-questionnaire.ts'
import { readVariables } from '../item/item-expressions.ts'

/**
 * Whether a questionnaire is the one that a canonical, a relative reference or `#id` names. One that has no canonical of its
 * own is also named by where it was: `https://payer/fhir/Questionnaire/<id>`.
 */
export function isNamedBy(questionnaire: Questionnaire, canonical: string): boolean {
  const [url, version] = canonical.split('|')
  const { id } = questionnaire
  if (
    id !== undefined &&
    (canonical === `#${id}` || url?.replace(/^questionnaire\//, 'Questionnaire/') === `Questionnaire/${id}`)
  )
    return true
  if (questionnaire.url === undefined && id !== undefined && url?.endsWith(`/Questionnaire/${id}`) === true) return true
  return questionnaire.url === url && (version === undefined || questionnaire.version === version)
}

/** The part that a canonical names: a contained one first. */
export function findPart(
  form: Questionnaire,
  parts: readonly Questionnaire[],
  canonical: string,
): Questionnaire | undefined {
  const contained = listOf(form.contained).filter((one): one is Questionnaire => one.resourceType === 'Questionnaire')
  return [...contained, ...parts].find((one) => isNamedBy(one, canonical))
}

/** Canonicals of the questionnaires that a form is made of, or opens from a question. */
export function listNamedForms(form: Questionnaire): string[] {
  const visit = (items: readonly QuestionnaireItem[] | undefined): string[] =>
    listOf(items).flatMap((item) => [
      ...[readSubQuestionnaire(item) ?? []].flat(),
      ...readExtensions(item, EXT.lookupQuestionnaire).flatMap(({ valueCanonical }) => valueCanonical ?? []),
      ...visit(item.item),
    ])
  return visit(form.item)
}

/** Puts the form together; the same object where there is nothing to put in. */
export function assembleQuestionnaire(form: Questionnaire, parts: readonly Questionnaire[]): Questionnaire {
  return new Assembly(form, parts).assemble()
}

/** Extensions of a part's root that hold for the whole form; the others are about the part as a form of its own. */
const OF_THE_FORM: ReadonlySet<string> = new Set([
  EXT.cqfLibrary,
  EXT.launchContext,
  EXT.targetConstraint,
  EXT.questionnaireConstraint,
  EXT.signatureRequired,
])

class Assembly {
  private readonly form: Questionnaire
  private readonly parts: readonly Questionnaire[]
  private extension: Extension[]
  private contained: Resource[]
  /** What contained resources of parts are called here. */
  private readonly ids = new Map<Resource, string>()
  private isChanged = false
  private isMissing = false

  constructor(form: Questionnaire, parts: readonly Questionnaire[]) {
    this.form = form
    this.parts = parts
    this.extension = [...(form.extension ?? [])]
    this.contained = [...(form.contained ?? [])]
  }

  assemble(): Questionnaire {
    const item = this.expand(this.form, listOf(this.form.item), [])
    if (!this.isChanged) return this.form
    const extension = this.isMissing
      ? this.extension
      : this.extension.filter(({ url }) => url !== EXT.assembleExpectation)
    return {
      ...this.form,
      ...(extension.length === 0 ? {} : { extension }),
      ...(this.contained.length === 0 ? {} : { contained: this.contained }),
      item,
    }
  }

  /** `around` are the parts that stand around these items, by canonical: none of them comes again. */
  private expand(
    of: Questionnaire,
    items: readonly QuestionnaireItem[],
    around: readonly Questionnaire[],
  ): QuestionnaireItem[] {
    return items.flatMap((item) => {
      const canonical = readSubQuestionnaire(item)
      if (canonical === null)
        return item.item === undefined ? [item] : [{ ...item, item: this.expand(of, item.item, around) }]
      const part = findPart(of, this.parts, canonical) ?? findPart(this.form, this.parts, canonical)
      if (part === undefined || around.includes(part) || part === this.form) {
        this.isMissing = true
        return [item]
      }
      this.isChanged = true
      return this.putIn(item, part, around)
    })
  }

  private putIn(place: QuestionnaireItem, part: Questionnaire, around: readonly Questionnaire[]): QuestionnaireItem[] {
    const whole = this.expand(part, listOf(part.item), [...around, part])
    const renamed = this.takeContained(part)
    const scoped = [...readExtensions(place, EXT.variable), ...this.takeRoot(part)]
    const prefix = readPrefix(place)
    const items = whole
      .map((item) => rename(item, prefix, renamed))
      .map((item) => (scoped.length === 0 ? item : { ...item, extension: [...scoped, ...(item.extension ?? [])] }))
    // A place that comes and goes by a condition takes its part along.
    const condition = (place.extension ?? []).filter(
      ({ url }) => url === EXT.enableWhenExpression || url === EXT.hidden,
    )
    if (place.enableWhen === undefined && condition.length === 0) return items
    const { linkId, enableWhen, enableBehavior, text } = place
    return [
      {
        linkId,
        type: 'group',
        ...(text === undefined ? {} : { text }),
        ...(enableWhen === undefined ? {} : { enableWhen }),
        ...(enableBehavior === undefined ? {} : { enableBehavior }),
        ...(condition.length === 0 ? {} : { extension: condition }),
        item: items,
      },
    ]
  }

  /** Merges what a part's root says into the form's; gives what is said of the part alone: it goes to its items. */
  private takeRoot(part: Questionnaire): Extension[] {
    const own: Extension[] = []
    const taken = new Map(readVariables(this.form).map((variable) => [variable.name, JSON.stringify(variable)]))
    for (const extension of listOf(part.extension)) {
      const { url, valueExpression } = extension
      if (url === EXT.variable && valueExpression?.name !== undefined) {
        const known = taken.get(valueExpression.name)
        // The same name for another thing: the part's own holds in the part.
        if (known !== undefined && known !== JSON.stringify(valueExpression)) own.push(extension)
        else this.merge(extension)
      } else if (url === EXT.itemPopulationContext) own.push({ ...extension, url: EXT.variable })
      else if (OF_THE_FORM.has(url)) this.merge(extension)
    }
    return own
  }

  private merge(extension: Extension): void {
    const text = JSON.stringify(extension)
    if (!this.extension.some((known) => JSON.stringify(known) === text)) this.extension.push(extension)
  }

  /** Takes a part's contained resources over; gives the new ids of those whose id is taken by something else. */
  private takeContained(part: Questionnaire): ReadonlyMap<string, string> {
    const renamed = new Map<string, string>()
    for (const resource of listOf(part.contained)) {
      if (resource.id === undefined) continue
      const known = this.contained.find(({ id }) => id === resource.id)
      const isThere = known !== undefined && JSON.stringify(known) === JSON.stringify(resource)
      let id = this.ids.get(resource) ?? resource.id
      if (!isThere && !this.ids.has(resource)) {
        for (let count = 2; this.contained.some((one) => one.id === id); count += 1)
          id = `${resource.id}-${String(count)}`
        this.ids.set(resource, id)
        this.contained.push({ ...resource, id })
      }
      if (id !== resource.id) renamed.set(`#${resource.id}`, `#${id}`)
    }
    return renamed
  }
}

/** SDC: the constant of the variable `linkIdPrefix` at the place. One that would have to be computed is none. */
function readPrefix(place: QuestionnaireItem): string {
  const { expression = '' } = readVariables(place).find(({ name }) => name === 'linkIdPrefix') ?? {}
  return /^\s*'([^'\\]*)'\s*$/.exec(expression)?.[1] ?? ''
}

/** The item with its link ids prefixed, and with the new ids of contained resources. */
function rename(item: QuestionnaireItem, prefix: string, ids: ReadonlyMap<string, string>): QuestionnaireItem {
  const { item: below, ...own } = item
  const moved = ids.size === 0 ? own : (replaced(own, ids) as typeof own)
  return {
    ...moved,
    linkId: `${prefix}${item.linkId}`,
    ...(moved.enableWhen === undefined
      ? {}
      : { enableWhen: moved.enableWhen.map((one) => ({ ...one, question: `${prefix}${one.question}` })) }),
    ...(below === undefined ? {} : { item: below.map((child) => rename(child, prefix, ids)) }),
  }
}

function replaced(node: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof node === 'string') return ids.get(node) ?? node
  if (Array.isArray(node)) return node.map((one) => replaced(one, ids))
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, replaced(value, ids)]))
}
