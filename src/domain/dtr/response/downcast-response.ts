/**
 * A QuestionnaireResponse of DTR 2.2 in the words of another version (dtr.md §6, §12): origin codes, how coverage and orders
 * are linked, the system of intendedUse, profiles, weights. What the older version cannot say is a named loss.
 */
import type { Extension, QuestionnaireResponse, QuestionnaireResponseItemAnswer } from 'fhir/r4'
import { downcastCoverageInformation } from '../../crd/downcast.ts'
import type { CodecLoss } from '../../crd/sub-extension.ts'
import { EXT, PROFILE, SYSTEM } from '../../fhir/canonical.ts'
import { err, ok, type Failure, type Result } from '../../result.ts'
import { distinctLosses, type DtrVersion, type Recoded } from '../package/dtr-version.ts'
import { listResponseItems, mapAnswers } from './response-answers.ts'

type OlderVersion = Exclude<DtrVersion, '2.2'>
export type ResponseDowncastFailure = Failure<'required-element-missing'>

export interface ResponseDialect {
  readonly version: DtrVersion
  /** Some partners hold `questionnaire` against the bare url of the form they sent; SDC asks for `url|version`. */
  readonly bareCanonical: boolean
}

/** Writes a response for a partner. Fails where it lacks what the version requires: such a response is not sent. */
export function downcastResponse(
  response: QuestionnaireResponse,
  { version, bareCanonical }: ResponseDialect,
): Result<Recoded<QuestionnaireResponse>, ResponseDowncastFailure> {
  const missing = missingElement(response, version)
  if (missing !== null) return err({ reason: 'required-element-missing', params: { element: missing } })
  const { resource, losses } = bareCanonical ? withBareCanonical(response) : { resource: response, losses: [] }
  if (version === '2.2') return ok({ resource, losses })
  const older = toOlder(resource, version)
  return ok({ resource: older.resource, losses: distinctLosses([...losses, ...older.losses]) })
}

function missingElement(response: QuestionnaireResponse, version: DtrVersion): string | null {
  const has = (url: string): boolean => (response.extension ?? []).some((extension) => extension.url === url)
  if (!has(EXT.qrCoverage)) return 'qr-coverage'
  // 2.0.1 and 2.1 ask for a coverage and an order, both as qr-context.
  if (version !== '2.2' && !has(EXT.qrContext)) return 'qr-context'
  if (!has(EXT.intendedUse)) return 'intendedUse'
  if (response.questionnaire === undefined) return 'questionnaire'
  if (response.subject === undefined) return 'subject'
  if (response.authored === undefined) return 'authored'
  const unexplained = listResponseItems(response.item).find(({ answer }) => answer?.some(isWithoutOrigin) === true)
  return unexplained === undefined ? null : `information-origin of ${unexplained.linkId}`
}

const isWithoutOrigin = ({ extension }: QuestionnaireResponseItemAnswer): boolean =>
  extension?.some(({ url }) => url === EXT.informationOrigin) !== true

function withBareCanonical(response: QuestionnaireResponse): Recoded<QuestionnaireResponse> {
  const [bare, version] = response.questionnaire?.split('|') ?? []
  if (bare === undefined || version === undefined) return { resource: response, losses: [] }
  return {
    resource: { ...response, questionnaire: bare },
    losses: [{ element: 'questionnaire.version', change: 'removed' }],
  }
}

function toOlder(response: QuestionnaireResponse, version: OlderVersion): Recoded<QuestionnaireResponse> {
  const losses: CodecLoss[] = []
  const extension = (response.extension ?? []).flatMap((one) => rootExtension(one, version, losses))
  if ((response.item ?? []).length === 0 && !isAdaptiveResponse(response))
    losses.push({ element: 'item', change: 'no-value' })
  const { meta } = response
  const head = {
    ...response,
    extension,
    ...(meta?.profile === undefined ? {} : { meta: { ...meta, profile: meta.profile.map(olderProfile) } }),
  }
  const resource = mapAnswers(head, (answer) => ({
    ...answer,
    ...(answer.extension === undefined
      ? {}
      : { extension: answer.extension.flatMap((one) => answerExtension(one, version, losses)) }),
  }))
  return { resource, losses }
}

/** A response to an adaptive form names the questionnaire that it contains. */
export function isAdaptiveResponse({ questionnaire }: QuestionnaireResponse): boolean {
  return questionnaire?.startsWith('#') === true
}

/** Only 2.2 has a DTR profile for adaptive responses; before, SDC's holds. */
function olderProfile(profile: string): string {
  return profile === PROFILE.dtrQuestionnaireResponseAdapt ? PROFILE.sdcQuestionnaireResponseAdapt : profile
}

function rootExtension(extension: Extension, version: OlderVersion, losses: CodecLoss[]): Extension[] {
  switch (extension.url) {
    case EXT.qrCoverage:
      return [{ ...extension, url: EXT.qrContext }]
    case EXT.intendedUse:
      return [olderIntendedUse(extension)]
    case EXT.coverageInformation: {
      const written = downcastCoverageInformation(extension, version)
      if (written.ok) losses.push(...written.value.losses)
      else losses.push({ element: 'coverage-information', change: 'removed' })
      return written.ok ? [written.value.extension] : []
    }
    default:
      return [extension]
  }
}

function olderIntendedUse(extension: Extension): Extension {
  const concept = extension.valueCodeableConcept
  const coding = concept?.coding?.map((one) =>
    one.system === SYSTEM.crdCoverageInformationCodes ? { ...one, system: SYSTEM.crdTemp } : one,
  )
  return coding === undefined ? extension : { ...extension, valueCodeableConcept: { ...concept, coding } }
}

function answerExtension(extension: Extension, version: OlderVersion, losses: CodecLoss[]): Extension[] {
  switch (extension.url) {
    case EXT.informationOrigin:
      return [olderOrigin(extension, losses)]
    case EXT.itemWeight:
      return [{ ...extension, url: EXT.ordinalValue }]
    case EXT.containedReference:
      if (version === '2.1') return [extension]
      losses.push({ element: 'containedReference', change: 'removed' })
      return []
    default:
      return [extension]
  }
}

/** `auto` for both of 2.2's automatic sources: who filled it, Precert or the payer, cannot be said. */
function olderOrigin(origin: Extension, losses: CodecLoss[]): Extension {
  const parts = (origin.extension ?? []).map((part) => {
    if (part.url !== 'source' || part.valueCode === undefined || !part.valueCode.startsWith('auto-')) return part
    losses.push({ element: 'information-origin.source', change: 'generalised' })
    return { ...part, valueCode: 'auto' }
  })
  return { ...origin, extension: parts }
}
