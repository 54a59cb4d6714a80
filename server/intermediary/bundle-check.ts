/** Judges a message of another system by its bytes: whether it is JSON that can be kept, and what is wrong with it as PAS. */
import type { PasVersion } from '#domain/pas/pas-response.ts'
import { validatePasInquiryBundle, validatePasRequestBundle } from '#domain/pas/validate-request-bundle.ts'
import type { ProfileIssue } from '#domain/profile/issue.ts'
import type { ProfileSet } from '#domain/profile/profile-set.ts'
import { parseStrictJson } from '../http/json-parser.ts'
import { RefusedBody } from '../http/send-failure.ts'

export interface AskedCheck {
  readonly body: Uint8Array
  readonly message: 'request' | 'inquiry'
  readonly version: PasVersion
}

/** No issue means that it may be sent. */
export type Verdict = { readonly isJson: false } | { readonly isJson: true; readonly issues: readonly ProfileIssue[] }

export type BundleCheck = (asked: AskedCheck) => Promise<Verdict>

const VALIDATE = { request: validatePasRequestBundle, inquiry: validatePasInquiryBundle }

export function judgeBundle(profiles: (version: PasVersion) => ProfileSet, asked: AskedCheck): Verdict {
  const { body, message, version } = asked
  try {
    const json = parseStrictJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
    return { isJson: true, issues: VALIDATE[message](profiles(version), json, version) }
  } catch (error) {
    if (error instanceof RefusedBody) return { isJson: false }
    throw error
  }
}
