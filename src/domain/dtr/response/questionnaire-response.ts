/**
 * The exact DTR 2.2 QuestionnaireResponse (profile dtr-questionnaireresponse), and the meta that is kept beside it.
 */
import type { Coverage, Patient, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta, ItemOffers } from '../../contract/form.ts'
import { EXT, PROFILE, SYSTEM } from '../../fhir/canonical.ts'
import { referenceTo } from '../../fhir/reference.ts'
import type { Edit, FormState } from '../form/form-state.ts'
import { buildOriginExtension } from '../item/information-origin.ts'
import { readOffers } from '../item/item-offers.ts'
import { buildResponse } from '../form/response-items.ts'

/** What a new response is about. `purposes` are doc-purpose codes of coverage-information. */
export interface ResponseHead {
  readonly questionnaire: Questionnaire
  readonly patient: Patient
  readonly coverage: Coverage
  /** References of the orders (qr-context). */
  readonly orders: readonly string[]
  readonly purposes: readonly string[]
  readonly author: Edit['author']
  readonly at: string
  /** The profile that it claims; the one of standard forms where it is not given. */
  readonly profile?: string
}

/** The response before any answer, as DTR asks for where the payer's package brings none. */
export function buildEmptyResponse(head: ResponseHead): QuestionnaireResponse {
  const { questionnaire } = head
  return completeHead(
    {
      resourceType: 'QuestionnaireResponse',
      status: 'in-progress',
      questionnaire: canonicalOf(questionnaire),
      ...(questionnaire.title === undefined
        ? {}
        : { _questionnaire: { extension: [{ url: EXT.display, valueString: questionnaire.title }] } }),
    },
    head,
  )
}

/** Gives a draft (the payer's, or ours) everything the profile asks for; what it already says stays. */
export function completeHead(draft: QuestionnaireResponse, head: ResponseHead): QuestionnaireResponse {
  const own = draft.extension ?? []
  const missing = (url: string): boolean => !own.some((extension) => extension.url === url)
  const coverage = referenceTo(head.coverage) ?? ''
  const purposes = head.purposes.length === 0 ? ['withpa'] : head.purposes
  const extension = [
    ...own,
    ...(missing(EXT.qrContext)
      ? head.orders.map((reference) => ({ url: EXT.qrContext, valueReference: { reference } }))
      : []),
    ...(missing(EXT.qrCoverage) ? [{ url: EXT.qrCoverage, valueReference: { reference: coverage } }] : []),
    ...(missing(EXT.intendedUse)
      ? purposes.map((code) => ({ url: EXT.intendedUse, valueCodeableConcept: { coding: [purposeCoding(code)] } }))
      : []),
  ]
  const profiles = new Set([...(draft.meta?.profile ?? []), head.profile ?? PROFILE.dtrQuestionnaireResponse])
  return {
    ...draft,
    meta: { ...draft.meta, profile: [...profiles] },
    extension,
    subject: { reference: referenceTo(head.patient) ?? '' },
    authored: head.at,
    ...authorOf(head.author),
  }
}

const purposeCoding = (code: string): { system: string; code: string } => ({
  system: code === 'OTH' ? SYSTEM.nullFlavor : SYSTEM.crdCoverageInformationCodes,
  code,
})

function authorOf(author: Edit['author']): Pick<QuestionnaireResponse, 'author'> {
  return author.reference === null ? {} : { author: { reference: author.reference, display: author.name } }
}

/** `url|version`, version-specific as SDC asks. */
export function canonicalOf({ url, version, id }: Questionnaire): string {
  const base = url ?? `#${id ?? ''}`
  return version === undefined ? base : `${base}|${version}`
}

/** The response as it stands, every answer with its information-origin. `status` changes it; without, it stays. */
export function toResponse(
  state: FormState,
  edit: Edit,
  status?: QuestionnaireResponse['status'],
): QuestionnaireResponse {
  const source = { items: state.items, rootKeys: state.roots, carried: state.carried, base: state.base }
  const response = buildResponse(source, ({ origin }) =>
    // An answer that nobody vouched for came with the form itself: a default of the payer.
    buildOriginExtension(origin ?? { source: 'auto-server', author: null }),
  )
  return { ...response, status: status ?? response.status, authored: edit.at, ...authorOf(edit.author) }
}

/** Origins, lookups, cleared items and offers by item key; the answers themselves are in the response. */
export function toMeta(state: FormState): FormMeta {
  const origins = new Map<string, FormMeta['origins'][string]>()
  const lookups = new Map<string, FormMeta['lookups'][string]>()
  const offers = new Map<string, ItemOffers>()
  const cleared: string[] = []
  for (const item of state.items.values()) {
    const { key, origin, lookup, cleared: isCleared } = item
    const definition = state.model.definitions.get(item.linkId)
    const offered = definition === undefined ? undefined : readOffers(item, definition)
    if (offered !== undefined) offers.set(key, offered)
    if (origin !== null) origins.set(key, origin)
    if (lookup !== null) lookups.set(key, lookup)
    if (isCleared) cleared.push(key)
  }
  return {
    origins: Object.fromEntries(origins),
    lookups: Object.fromEntries(lookups),
    cleared,
    ...(offers.size === 0 ? {} : { offers: Object.fromEntries(offers) }),
    ...(state.reached === null ? {} : { reached: state.reached }),
  }
}
