/**
 * What is odd about a form as a whole, told to the person in plain words: whether it may be used at all is the payer's to say.
 */
import type { Questionnaire } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtension } from '../../fhir/extension.ts'
import { message, type Message } from '../../result.ts'
import { missingSourceQueries } from './source-queries.ts'

/** R4 publication status; DTR: forms about a Patient; `endpoint` and `assemble-expectation` are prohibited (dtr.md §3). */
export function listFormFaults(questionnaire: Questionnaire): Message[] {
  const found: Message[] = []
  const status: unknown = questionnaire.status
  if (status === 'draft' || status === 'retired' || status === 'unknown')
    found.push(message(`form.issue.status-${status}`))
  const subjects = Array.isArray(questionnaire.subjectType) ? questionnaire.subjectType : []
  if (subjects.length > 0 && !subjects.includes('Patient'))
    found.push(message('form.issue.subject-type', { types: subjects.join(', ') }))
  const endpoint = readExtension(questionnaire, EXT.endpoint)
  if (endpoint !== undefined)
    found.push(message('form.issue.endpoint', { address: endpoint.valueUri ?? endpoint.valueUrl ?? '?' }))
  const expectation = readExtension(questionnaire, EXT.assembleExpectation)?.valueCode
  // `independent-…`: may be used as it is. `assemble-…`: not before its parts are in it (SDC modular forms).
  if (expectation?.startsWith('assemble-') === true) found.push(message('form.issue.unassembled'))
  const batch = missingSourceQueries(questionnaire)
  if (batch !== null) found.push(message('form.issue.source-queries-missing', { reference: batch }))
  return found
}
