/**
 * A payer's refusal of an adaptive response, item by item: `issue.expression` is FHIRPath from the response, by index or by
 * link id (dtr.md §4, step 8). What names no item is the form's as a whole.
 */
import type { OperationOutcome, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import { answerPlace, childKey, type ItemKey } from '../item/item-key.ts'

export interface ItemIssue {
  readonly itemKey: ItemKey | null
  /** The payer's words. */
  readonly text: string
}

/** Link ids of the groups whose repetitions are items of their own, since keys number those. */
export type IsRepeatingGroup = (linkId: string) => boolean

/** Reads the issues of an outcome; none where the body is no OperationOutcome. */
export function readItemIssues(
  body: unknown,
  response: QuestionnaireResponse,
  isRepeatingGroup: IsRepeatingGroup,
): ItemIssue[] {
  const outcome = body as Partial<OperationOutcome> | null | undefined
  if (outcome?.resourceType !== 'OperationOutcome' || !Array.isArray(outcome.issue)) return []
  return outcome.issue.map((issue) => {
    const path = issue?.expression?.[0] ?? issue?.location?.[0]
    return {
      itemKey: typeof path === 'string' ? findItem(path, response, isRepeatingGroup) : null,
      text: issue?.details?.text ?? issue?.diagnostics ?? issue?.code ?? '',
    }
  })
}

const STEP = /\.?(item|answer)(?:\[(\d+)\]|\.where\(\s*linkId\s*=\s*'((?:[^'\\]|\\.)*)'\s*\))?/g

function findItem(path: string, response: QuestionnaireResponse, isRepeatingGroup: IsRepeatingGroup): ItemKey | null {
  let container: { readonly item?: QuestionnaireResponseItem[] | undefined } = response
  let key: ItemKey | null = null
  let place: ItemKey | null = null
  for (const [, step, index, linkId] of path.replace(/^QuestionnaireResponse/, '').matchAll(STEP)) {
    if (step === 'answer') {
      container = (container as QuestionnaireResponseItem).answer?.[Number(index ?? 0)] ?? container
      place = key === null ? null : answerPlace(key, Number(index ?? 0))
      continue
    }
    const items: QuestionnaireResponseItem[] = container.item ?? []
    const found: QuestionnaireResponseItem | undefined =
      linkId === undefined
        ? items[Number(index ?? 0)]
        : items.find((item) => item.linkId === linkId.replaceAll("\\'", "'"))
    if (found === undefined) return key
    const own: string = found.linkId
    const occurrence = items.filter((item) => item.linkId === own).indexOf(found)
    key = childKey(place, own, isRepeatingGroup(own) ? occurrence : null)
    place = key
    container = found
  }
  return key
}
