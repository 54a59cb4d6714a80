/**
 * The search parameters (R4) that questionnaires use, by resource type: `name:kind:element,element`. A parameter that is
 * not listed is not searched for, and whoever asks for it is told so.
 */
export type SearchKind = 'token' | 'reference' | 'date' | 'string' | 'quantity' | 'uri'

export interface SearchParameter {
  readonly kind: SearchKind
  /** Elements, with `.` between levels. */
  readonly elements: readonly string[]
}

const EVERY = '_id:token:id _lastUpdated:date:meta.lastUpdated _profile:uri:meta.profile _tag:token:meta.tag'
const SUBJECT = 'patient:reference:subject subject:reference:subject encounter:reference:encounter'
const CODED = 'code:token:code category:token:category status:token:status identifier:token:identifier'
const REQUEST = `${SUBJECT} ${CODED} authored:date:authoredOn intent:token:intent requester:reference:requester performer:reference:performer`
const EFFECTIVE = 'date:date:effectiveDateTime,effectivePeriod,effectiveInstant'
const DRUG = 'code:token:medicationCodeableConcept medication:reference:medicationReference'
const PERSON = 'name:string:name family:string:name.family given:string:name.given identifier:token:identifier'

/** The types of the patient's compartment that forms rarely ask for: by patient and status, and by code where they have one. */
const RARE: Readonly<Record<string, string>> = {
  Account: 'patient:reference:subject subject:reference:subject status:token:status type:token:type',
  AdverseEvent: 'subject:reference:subject category:token:category event:token:event date:date:date',
  AuditEvent: 'patient:reference:agent.who,entity.what type:token:type date:date:recorded',
  Basic: 'patient:reference:subject subject:reference:subject code:token:code created:date:created',
  BodyStructure: 'patient:reference:patient location:token:location identifier:token:identifier',
  ClaimResponse: 'patient:reference:patient status:token:status use:token:use request:reference:request',
  ClinicalImpression: `${SUBJECT} status:token:status date:date:date assessor:reference:assessor`,
  Composition: `${SUBJECT} type:token:type category:token:category status:token:status date:date:date`,
  Consent: 'patient:reference:patient status:token:status category:token:category scope:token:scope date:date:dateTime',
  DetectedIssue: 'patient:reference:patient code:token:code status:token:status identified:date:identifiedDateTime',
  DeviceUseStatement: 'patient:reference:subject subject:reference:subject device:reference:device status:token:status',
  EpisodeOfCare: 'patient:reference:patient status:token:status type:token:type date:date:period',
  ExplanationOfBenefit: 'patient:reference:patient status:token:status use:token:use created:date:created',
  Flag: 'patient:reference:subject subject:reference:subject encounter:reference:encounter status:token:status code:token:code',
  List: `${SUBJECT} code:token:code status:token:status date:date:date`,
  Media: `${SUBJECT} type:token:type status:token:status created:date:createdDateTime,createdPeriod`,
  Provenance: 'patient:reference:target target:reference:target agent:reference:agent.who recorded:date:recorded',
  RequestGroup: `${SUBJECT} status:token:status intent:token:intent code:token:code authored:date:authoredOn`,
  RiskAssessment: `${SUBJECT} status:token:status method:token:method date:date:occurrenceDateTime,occurrencePeriod`,
  SupplyDelivery: 'patient:reference:patient status:token:status',
  Task: 'patient:reference:for subject:reference:for encounter:reference:encounter status:token:status code:token:code intent:token:intent owner:reference:owner focus:reference:focus based-on:reference:basedOn authored-on:date:authoredOn',
}

const TYPES: Readonly<Record<string, string>> = {
  ...RARE,
  AllergyIntolerance:
    'patient:reference:patient code:token:code,reaction.substance clinical-status:token:clinicalStatus verification-status:token:verificationStatus category:token:category type:token:type criticality:token:criticality date:date:recordedDate onset:date:reaction.onset identifier:token:identifier',
  Appointment:
    'patient:reference:participant.actor actor:reference:participant.actor status:token:status date:date:start service-type:token:serviceType identifier:token:identifier',
  CarePlan: `${SUBJECT} category:token:category status:token:status intent:token:intent date:date:period condition:reference:addresses`,
  CareTeam: `${SUBJECT} category:token:category status:token:status date:date:period participant:reference:participant.member`,
  Claim: 'patient:reference:patient status:token:status use:token:use created:date:created identifier:token:identifier',
  Communication: `${SUBJECT} category:token:category status:token:status sent:date:sent`,
  CommunicationRequest: `${SUBJECT} category:token:category status:token:status authored:date:authoredOn requester:reference:requester`,
  Condition: `${SUBJECT} code:token:code category:token:category clinical-status:token:clinicalStatus verification-status:token:verificationStatus severity:token:severity body-site:token:bodySite onset-date:date:onsetDateTime,onsetPeriod abatement-date:date:abatementDateTime,abatementPeriod recorded-date:date:recordedDate asserter:reference:asserter identifier:token:identifier`,
  Coverage:
    'patient:reference:beneficiary beneficiary:reference:beneficiary subscriber:reference:subscriber payor:reference:payor policy-holder:reference:policyHolder status:token:status type:token:type class-type:token:class.type class-value:string:class.value identifier:token:identifier',
  Device:
    'patient:reference:patient type:token:type status:token:status manufacturer:string:manufacturer model:string:modelNumber identifier:token:identifier',
  DeviceRequest: `${REQUEST} code:token:codeCodeableConcept device:reference:codeReference authored-on:date:authoredOn event-date:date:occurrenceDateTime,occurrencePeriod`,
  DiagnosticReport: `${SUBJECT} ${CODED} ${EFFECTIVE} issued:date:issued result:reference:result performer:reference:performer conclusion:token:conclusionCode`,
  DocumentReference:
    'patient:reference:subject subject:reference:subject encounter:reference:context.encounter type:token:type category:token:category status:token:status date:date:date period:date:context.period author:reference:author identifier:token:identifier',
  Encounter:
    'patient:reference:subject subject:reference:subject status:token:status class:token:class type:token:type date:date:period reason-code:token:reasonCode participant:reference:participant.individual practitioner:reference:participant.individual location:reference:location.location identifier:token:identifier',
  FamilyMemberHistory:
    'patient:reference:patient code:token:condition.code status:token:status relationship:token:relationship date:date:date',
  Goal: 'patient:reference:subject subject:reference:subject lifecycle-status:token:lifecycleStatus category:token:category start-date:date:startDate',
  ImagingStudy: `${SUBJECT} status:token:status started:date:started modality:token:series.modality bodysite:token:series.bodySite`,
  Immunization:
    'patient:reference:patient status:token:status vaccine-code:token:vaccineCode date:date:occurrenceDateTime performer:reference:performer.actor',
  Location: 'name:string:name,alias type:token:type status:token:status identifier:token:identifier',
  Medication: 'code:token:code status:token:status identifier:token:identifier',
  MedicationAdministration: `patient:reference:subject subject:reference:subject encounter:reference:context ${DRUG} status:token:status effective-time:date:effectiveDateTime,effectivePeriod`,
  MedicationDispense: `patient:reference:subject subject:reference:subject ${DRUG} status:token:status whenhandedover:date:whenHandedOver prescription:reference:authorizingPrescription`,
  MedicationRequest: `${SUBJECT} ${DRUG} status:token:status intent:token:intent category:token:category priority:token:priority authoredon:date:authoredOn requester:reference:requester intended-performer:reference:performer identifier:token:identifier`,
  MedicationStatement: `patient:reference:subject subject:reference:subject ${DRUG} status:token:status category:token:category effective:date:effectiveDateTime,effectivePeriod source:reference:informationSource`,
  NutritionOrder:
    'patient:reference:patient encounter:reference:encounter status:token:status datetime:date:dateTime provider:reference:orderer identifier:token:identifier',
  Observation: `${SUBJECT} ${CODED} ${EFFECTIVE} value-concept:token:valueCodeableConcept value-quantity:quantity:valueQuantity value-string:string:valueString value-date:date:valueDateTime,valuePeriod combo-code:token:code,component.code component-code:token:component.code performer:reference:performer has-member:reference:hasMember derived-from:reference:derivedFrom based-on:reference:basedOn`,
  Organization: 'name:string:name,alias type:token:type active:token:active identifier:token:identifier',
  Patient: `${PERSON} gender:token:gender birthdate:date:birthDate active:token:active general-practitioner:reference:generalPractitioner organization:reference:managingOrganization`,
  Practitioner: `${PERSON} active:token:active qualification:token:qualification.code`,
  PractitionerRole:
    'practitioner:reference:practitioner organization:reference:organization location:reference:location role:token:code specialty:token:specialty active:token:active identifier:token:identifier',
  Procedure: `${SUBJECT} ${CODED} date:date:performedDateTime,performedPeriod reason-code:token:reasonCode performer:reference:performer.actor based-on:reference:basedOn location:reference:location`,
  QuestionnaireResponse:
    'patient:reference:subject subject:reference:subject encounter:reference:encounter status:token:status authored:date:authored questionnaire:uri:questionnaire author:reference:author identifier:token:identifier',
  RelatedPerson: `${PERSON} patient:reference:patient relationship:token:relationship active:token:active`,
  ServiceRequest: `${REQUEST} occurrence:date:occurrenceDateTime,occurrencePeriod priority:token:priority body-site:token:bodySite specimen:reference:specimen based-on:reference:basedOn performer-type:token:performerType`,
  Specimen:
    'patient:reference:subject subject:reference:subject type:token:type status:token:status collected:date:collection.collectedDateTime identifier:token:identifier',
  SupplyRequest:
    'subject:reference:deliverTo requester:reference:requester status:token:status category:token:category date:date:authoredOn',
  VisionPrescription:
    'patient:reference:patient encounter:reference:encounter status:token:status datewritten:date:dateWritten prescriber:reference:prescriber identifier:token:identifier',
}

const tables = new Map<string, ReadonlyMap<string, SearchParameter>>()

/** The parameters of a type by name; undefined for a type that is not searched. */
export function searchParametersOf(resourceType: string): ReadonlyMap<string, SearchParameter> | undefined {
  const own = Object.hasOwn(TYPES, resourceType) ? TYPES[resourceType] : undefined
  if (own === undefined) return undefined
  const known = tables.get(resourceType) ?? new Map(`${EVERY} ${own}`.split(' ').map(readEntry))
  tables.set(resourceType, known)
  return known
}

function readEntry(entry: string): [string, SearchParameter] {
  const [name = '', kind = 'token', elements = ''] = entry.split(':')
  return [name, { kind: kind as SearchKind, elements: elements.split(',') }]
}
