/** What the payer says about its CDS service, and the card it adds, per dialect. */
import { SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { CRD_SERVICE_ID, type CrdDialect, type PayerOptions } from './options.ts'

/** Prefetch templates: the 2.2 set in CDS Hooks 3.0 FHIRPath, the 2.0.1 set in the older tokens, its known typo included. */
export const PREFETCH: Readonly<Record<CrdDialect, Readonly<Record<string, string>>>> = {
  '2.2': {
    patient: 'Patient/{{context.patientId}}',
    encounter: 'Encounter/{{context.encounterId}}',
    coverage: 'Coverage?patient={{context.patientId}}&status=active',
    practitionerRoles:
      'PractitionerRole?_id={{context.draftOrders.entry.resource.ofType(MedicationRequest).requester.resolve().ofType(PractitionerRole).id|context.draftOrders.entry.resource.ofType(ServiceRequest).requester.resolve().ofType(PractitionerRole).id}}',
    practitioners:
      'Practitioner?_id={{context.draftOrders.entry.resource.ofType(MedicationRequest).requester.resolve().ofType(Practitioner).id|%practitionerRoles.entry.resource.practitioner.resolve().id}}',
  },
  '2.0.1': {
    patient: 'Patient/{{context.patientId}}',
    coverageBundle: 'Coverage?patient={{context.patient}}&status=active&_include=Coverage:payor',
    medicationRequestBundle:
      'MedicationRequest?_id={{context.draftOrders.MedicationRequest.id}}&_include=MedicationRequest:requester:PractitionerRole',
    serviceRequestBundle:
      'ServiceRequest?_id={{context.draftOrders.ServiceRequest.id}}&_include=ServiceRequest:requester:PractitionerRole',
  },
}

/** The entry of discovery. Only 2.2 declares its version and its options (CRD dev-1, dev-5). */
export function buildService(options: PayerOptions): object {
  return {
    hook: 'order-sign',
    id: CRD_SERVICE_ID,
    title: `${options.name} coverage requirements`,
    description: 'Says whether an order needs prior authorization, and what has to be sent. A simulation.',
    prefetch: PREFETCH[options.dialect],
    ...(options.dialect === '2.2'
      ? {
          version: '1.0',
          extension: {
            'davinci-crd.version': ['2.2'],
            'davinci-crd.configuration-options': CONFIGURATION_OPTIONS,
          },
        }
      : {}),
  }
}

const CONFIGURATION_OPTIONS = [
  {
    code: 'coverage-info',
    type: 'boolean',
    name: 'Coverage information',
    description: 'State coverage, authorization and documentation requirements on each order.',
    default: true,
  },
  {
    code: 'unsolicited-determ',
    type: 'boolean',
    name: 'Unsolicited determination',
    description: 'Record a determination that nobody asked for. This payer never does.',
    default: false,
  },
]

/** The payer's word to the clinician that no system action repeats: how long treatment is authorized for. */
export function buildCards({ name, dialect }: PayerOptions, uuid: string): object[] {
  const system = dialect === '2.2' ? SYSTEM.crdCardType : SYSTEM.crdTemp
  return [
    {
      uuid,
      summary: 'A first authorization of infliximab runs for six months',
      detail:
        'Infliximab infusion and its administration: a first authorization covers induction and maintenance up to six months; a renewal covers twelve, where the response is documented.',
      indicator: 'info',
      source: { label: name, topic: { system, code: 'limits', display: 'Limits' } },
    },
  ]
}
