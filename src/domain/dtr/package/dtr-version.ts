/** The versions of DTR that partners speak. Inside Precert everything is DTR 2.2; the codecs here and nowhere else know more. */
import type { CodecLoss } from '../../crd/sub-extension.ts'

export const DTR_VERSIONS = ['2.0.1', '2.1', '2.2'] as const
export type DtrVersion = (typeof DTR_VERSIONS)[number]

/** A payer without DTR of its own, whose form we bring: what the newest version says. */
export const NEWEST_DTR: DtrVersion = '2.2'

/** A message in another version, and what that version could not say. The raw message is kept beside it. */
export interface Recoded<T> {
  readonly resource: T
  readonly losses: readonly CodecLoss[]
}

/** Each loss once, however often it occurs. */
export function distinctLosses(losses: readonly CodecLoss[]): CodecLoss[] {
  return losses.filter(
    ({ element, change }, index) =>
      losses.findIndex((other) => other.element === element && other.change === change) === index,
  )
}
