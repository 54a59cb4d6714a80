/**
 * Signatures (questionnaire-signatureRequired → questionnaireresponse-signature): what has to be signed and what is. A
 * signature covers everything but signatures; where something it covers changes afterwards, it holds no longer and is
 * taken out (DTR QuestionnaireResponse; R4 Signature).
 */
import type { CodeableConcept, Extension, QuestionnaireResponse, Signature } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtensions } from '../../fhir/extension.ts'
import type { FormModel } from './form-model.ts'
import type { Carried, FormState } from './form-state.ts'
import type { ItemKey } from '../item/item-key.ts'
import { hasAnswers } from './response-items.ts'

/** One place that asks for a signature. */
export interface SignaturePlace {
  /** null for the form as a whole. */
  readonly itemKey: ItemKey | null
  /** The kinds that are asked for. */
  readonly kinds: readonly CodeableConcept[]
  readonly signatures: readonly Signature[]
}

interface Extensible {
  extension?: Extension[] | undefined
}

export function readResponseSignatures(of: Extensible | undefined): Signature[] {
  return readExtensions(of, EXT.responseSignature).flatMap(({ valueSignature }) => valueSignature ?? [])
}

const signing = new WeakMap<FormModel, ReadonlySet<string>>()

/** Link ids of the items that ask for a signature: mostly none, and the form is not searched for them with every edit. */
function signedLinkIds(model: FormModel): ReadonlySet<string> {
  const known = signing.get(model)
  if (known !== undefined) return known
  const asking = [...model.definitions.values()].filter(({ facts }) => facts.signatures.length > 0)
  const linkIds = new Set(asking.map(({ linkId }) => linkId))
  signing.set(model, linkIds)
  return linkIds
}

/** Every place that has to be signed now: the form, and enabled items that hold an answer. */
export function listSignaturePlaces(state: FormState): SignaturePlace[] {
  const { signatures: kinds } = state.model.facts
  const form = kinds.length === 0 ? [] : [{ itemKey: null, kinds, signatures: readResponseSignatures(state.base) }]
  const linkIds = signedLinkIds(state.model)
  const signed = linkIds.size === 0 ? [] : [...state.items.values()].filter(({ linkId }) => linkIds.has(linkId))
  const ofItems = signed
    .filter(({ key }) => hasAnswers(state.items, key))
    .map(({ key, facts }) => ({
      itemKey: key,
      kinds: facts.signatures,
      signatures: readResponseSignatures(state.carried.get(key)),
    }))
  return [...form, ...ofItems]
}

/** The element with one more signature. */
export function withSignature<T extends Extensible>(element: T, signature: Signature): T {
  return {
    ...element,
    extension: [...(element.extension ?? []), { url: EXT.responseSignature, valueSignature: signature }],
  }
}

/** The element without its signatures; the same object where it has none. */
export function withoutSignatures<T extends QuestionnaireResponse | Carried>(element: T): T {
  if (readResponseSignatures(element).length === 0) return element
  const extension = (element.extension ?? []).filter(({ url }) => url !== EXT.responseSignature)
  const { extension: _signed, ...rest } = element
  return (extension.length === 0 ? rest : { ...rest, extension }) as T
}
