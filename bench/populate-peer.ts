/** `@aehrc/sdc-populate` on the same form and chart, through the callback that it fetches by. */
import { pathToFileURL } from 'node:url'
import type { QuestionnaireResponse } from 'fhir/r4'
import type { PopulateCase } from './populate-data.ts'

const MODULE = 'node_modules/@aehrc/sdc-populate/dist/index.js'

interface Peer {
  populateQuestionnaire(input: object): Promise<{
    populateSuccess: boolean
    populateResult: { populatedResponse: QuestionnaireResponse } | null
  }>
}

/** The engine out of the folder where the peers are installed. */
export function loadPeer(peers: string): (of: PopulateCase) => Promise<QuestionnaireResponse> {
  return async ({ questionnaire, patient, bundles }) => {
    const { populateQuestionnaire } = (await import(pathToFileURL(peers + MODULE).href)) as Peer
    const { populateSuccess, populateResult } = await populateQuestionnaire({
      questionnaire,
      patient,
      fetchResourceCallback: (query: string) => Promise.resolve(bundles[query.split('?')[0] ?? ''] ?? null),
      fetchResourceRequestConfig: { sourceServerUrl: 'http://localhost/fhir' },
    })
    if (!populateSuccess || populateResult === null) throw new Error('The peer did not populate')
    return populateResult.populatedResponse
  }
}
