/**
 * Takes over what somebody else saved meanwhile: items that did not move stay the objects that they were, so that nothing is
 * drawn again and no focus is lost; what this person changed since the last save is put on top.
 */
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { FormPart, FormView } from '#domain/contract/form.ts'
import type { ExpressionEvaluator } from '#domain/dtr/expression/expression.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import type { Edit, FormState, ItemView } from '#domain/dtr/form/form-state.ts'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'
import { chartElsewhere, openForm } from '#domain/dtr/form/open-form.ts'

/** The form of a view, opened. */
export function openView(
  view: FormView,
  now: string,
  evaluator: ExpressionEvaluator | null,
  foreignParts: readonly FormPart[],
): FormState {
  return openForm({
    questionnaire: view.questionnaire as unknown as Questionnaire,
    response: (view.response ?? {
      resourceType: 'QuestionnaireResponse',
      status: 'in-progress',
    }) as unknown as QuestionnaireResponse,
    meta: view.meta,
    today: view.today,
    now,
    evaluator,
    chart: chartElsewhere(view.chart),
    foreignParts,
  })
}

/** `saved` is what this person last sent, `present` what they have now. */
export function adoptForm(view: FormView, saved: FormState, present: FormState, edit: Edit): FormState {
  const fresh = openView(view, edit.at, present.setting.evaluator, [...present.setting.foreignParts])
  const changed = [...present.items.values()].filter(
    (item) => item.answers !== saved.items.get(item.key)?.answers && fresh.items.has(item.key),
  )
  const merged = changed.reduce((state, item) => answer(state, item.key, item.answers, edit), fresh)
  return { ...merged, items: shareItems(present.items, merged.items) }
}

function shareItems(
  before: ReadonlyMap<ItemKey, ItemView>,
  after: ReadonlyMap<ItemKey, ItemView>,
): ReadonlyMap<ItemKey, ItemView> {
  return new Map(
    [...after].map(([key, item]) => {
      const known = before.get(key)
      return [key, known !== undefined && isSame(known, item) ? known : item]
    }),
  )
}

/** Facts and options are read anew from the same questionnaire: what they say is compared, not which object says it. */
const isSame = (one: ItemView, other: ItemView): boolean => JSON.stringify(one) === JSON.stringify(other)
