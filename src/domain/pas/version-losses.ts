/** What is lost when a message is written in another version of PAS (pas.md §13): named, so that nothing goes unseen. */
export type PasLoss =
  | 'transmission-identifiers'
  | 'document-information'
  | 'prior-claim'
  | 'questionnaire-response'
  | 'coverage-information'
  | 'second-identifier'
  | 'whole-cancel'
  | 'additional-line'
  | 'request-decision'
  | 'reviewer'
  | 'admission-dates'
  | 'authorized-detail'
  | 'error-note'
  | 'authorized-provider'
  | 'provider-role'
  | 'content-modifier'
  | 'context-system'
  | 'bundle-identifier'

export interface Recoded<T> {
  readonly resource: T
  readonly losses: readonly PasLoss[]
}
