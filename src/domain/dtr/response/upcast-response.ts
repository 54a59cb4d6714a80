/**
 * A QuestionnaireResponse of any DTR version → the form of 2.2. Structural: the union of 2.0.1, 2.1 and 2.2 is accepted, and
 * 2.2 passes unchanged. Unknown elements stay. Pure; arguments untouched.
 */
import type { Extension, QuestionnaireResponse } from 'fhir/r4'
import type { CodecLoss } from '../../crd/sub-extension.ts'
import { upcastCoverageInformation } from '../../crd/upcast.ts'
import { EXT, PROFILE, SYSTEM } from '../../fhir/canonical.ts'
import { distinctLosses, type Recoded } from '../package/dtr-version.ts'
import { mapAnswers } from './response-answers.ts'

/** What `auto` of an older response stands for: it was filled by whoever wrote it. */
export type WrittenBy = 'payer' | 'client'

/** Brings a response to DTR 2.2 and names every loss. */
export function upcastResponse(response: QuestionnaireResponse, writtenBy: WrittenBy): Recoded<QuestionnaireResponse> {
  const losses: CodecLoss[] = []
  const extension = response.extension?.map((one) => rootExtension(one, losses))
  const { meta } = response
  const head = {
    ...response,
    ...(extension === undefined ? {} : { extension }),
    ...(meta?.profile === undefined ? {} : { meta: { ...meta, profile: meta.profile.map(newerProfile) } }),
  }
  const resource = mapAnswers(head, (answer) => ({
    ...answer,
    ...(answer.extension === undefined
      ? {}
      : { extension: answer.extension.map((one) => answerExtension(one, writtenBy, losses)) }),
  }))
  return { resource, losses: distinctLosses(losses) }
}

function newerProfile(profile: string): string {
  return profile === PROFILE.sdcQuestionnaireResponseAdapt ? PROFILE.dtrQuestionnaireResponseAdapt : profile
}

function rootExtension(extension: Extension, losses: CodecLoss[]): Extension {
  switch (extension.url) {
    case EXT.qrContext:
      return isCoverage(extension) ? { ...extension, url: EXT.qrCoverage } : extension
    case EXT.intendedUse:
      return newerIntendedUse(extension)
    case EXT.coverageInformation: {
      const newer = upcastCoverageInformation(extension)
      losses.push(...newer.losses)
      return newer.extension
    }
    default:
      return extension
  }
}

const isCoverage = ({ valueReference }: Extension): boolean =>
  /(^|\/)Coverage\//.test(valueReference?.reference ?? '') || valueReference?.type === 'Coverage'

function newerIntendedUse(extension: Extension): Extension {
  const concept = extension.valueCodeableConcept
  const coding = concept?.coding?.map((one) =>
    one.system === SYSTEM.crdTemp || one.system === undefined
      ? { ...one, system: one.code === 'OTH' ? SYSTEM.nullFlavor : SYSTEM.crdCoverageInformationCodes }
      : one,
  )
  return coding === undefined ? extension : { ...extension, valueCodeableConcept: { ...concept, coding } }
}

function answerExtension(extension: Extension, writtenBy: WrittenBy, losses: CodecLoss[]): Extension {
  if (extension.url === EXT.ordinalValue) return { ...extension, url: EXT.itemWeight }
  return extension.url === EXT.informationOrigin ? newerOrigin(extension, writtenBy, losses) : extension
}

/** dtrx-1: an automatic answer has no author; older writers (the public test kit's own template) give one. */
function newerOrigin(origin: Extension, writtenBy: WrittenBy, losses: CodecLoss[]): Extension {
  const parts = origin.extension ?? []
  const isAutomatic = parts.some(({ url, valueCode }) => url === 'source' && valueCode?.startsWith('auto') === true)
  if (!isAutomatic) return origin
  const kept = parts.filter(({ url }) => url !== 'author')
  if (kept.length < parts.length) losses.push({ element: 'information-origin.author', change: 'removed' })
  const automatic = writtenBy === 'payer' ? 'auto-server' : 'auto-client'
  return {
    ...origin,
    extension: kept.map((part) =>
      part.url === 'source' && part.valueCode === 'auto' ? { ...part, valueCode: automatic } : part,
    ),
  }
}
