/** Builds ClaimResponses of every decision for tests, from a compact form. */
import type { ClaimResponse, ClaimResponseItemAdjudication, Extension } from 'fhir/r4'

const PAS = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition'
const X12 = 'https://codesystem.x12.org'

type Decision = readonly [code: string | readonly string[] | null, number: string | null, reason: string | null]

export interface BuiltResponse {
  items: readonly (readonly [sequence: number, ...Decision])[]
  added?: readonly (readonly [sequence: number, code: string, number: string | null, quantity: number])[]
  root?: Decision
  /** Quantity in itemAuthorizedDetail of each item. */
  asked?: number
  outcome?: string
  errors?: readonly string[]
  /** Another code system for the review action code. */
  system?: string
  preAuthRef?: string
  requested?: number[]
}

function adjudicate([codes, number, reason]: Decision, system: string): ClaimResponseItemAdjudication[] {
  const all = Array.isArray(codes) ? (codes as string[]) : [codes as string | null]
  return all.map((code) => ({
    category: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/adjudication', code: 'submitted' }] },
    extension: [
      {
        url: `${PAS}/extension-reviewAction`,
        extension: [
          ...(number === null ? [] : [{ url: 'number', valueString: number }]),
          ...(reason === null
            ? []
            : [
                {
                  url: 'reasonCode',
                  valueCodeableConcept: { coding: [{ system: `${X12}/external/886`, code: reason }] },
                },
              ]),
          ...(code === null
            ? []
            : [{ url: `${PAS}/extension-reviewActionCode`, valueCodeableConcept: { coding: [{ system, code }] } }]),
        ],
      },
    ],
  }))
}

/** A ClaimResponse with these decisions. */
export function buildClaimResponse(built: BuiltResponse, version: '2.2.1' | '2.0.1'): ClaimResponse {
  const system = built.system ?? `${X12}/005010/306`
  const detail: Extension[] =
    built.asked === undefined
      ? []
      : [
          {
            url: `${PAS}/extension-itemAuthorizedDetail`,
            extension: [{ url: 'quantity', valueQuantity: { value: built.asked } }],
          },
        ]
  const service = { coding: [{ system: 'http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', code: 'Q5103' }] }
  return {
    resourceType: 'ClaimResponse',
    status: 'active',
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
    use: 'preauthorization',
    patient: { reference: 'urn:uuid:4dbb2a35-8a2b-4c93-8d3e-ab2dd2b0d6f1' },
    created: '2026-11-22T11:00:00Z',
    insurer: { reference: 'urn:uuid:7b1e0d33-9d43-4a30-8c0e-13df5d9fb1a2' },
    ...(version === '2.2.1' ? { request: { identifier: { system: 'urn:trnorg:1', value: 'T1' } } } : {}),
    outcome: (built.outcome ?? 'complete') as ClaimResponse['outcome'],
    ...(built.preAuthRef === undefined ? {} : { preAuthRef: built.preAuthRef }),
    ...(built.items.length === 0
      ? {}
      : {
          item: built.items.map(([itemSequence, ...decision]) => ({
            ...(detail.length > 0 ? { extension: detail } : {}),
            itemSequence,
            adjudication: adjudicate(decision, system),
          })),
        }),
    ...(built.added === undefined
      ? {}
      : {
          addItem: built.added.map(([sequence, code, number, value]) => ({
            itemSequence: [sequence],
            productOrService: service,
            quantity: { value },
            adjudication: adjudicate([code, number, null], system),
          })),
        }),
    ...(built.root === undefined ? {} : { adjudication: adjudicate(built.root, system) }),
    ...(built.errors === undefined
      ? {}
      : { error: built.errors.map((code) => ({ code: { coding: [{ system: `${X12}/005010/901`, code }] } })) }),
  }
}
