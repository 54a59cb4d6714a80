/**
 * Retrieves turned into FHIR searches: no more than what they can see (DTR spec-69, sec-3), and shaped so that servers
 * answer them: Observation by code or else by category, medication orders by status, long code lists not by code.
 */
import type { Coding } from 'fhir/r4'
import { message, ok, err, type Message, type Result } from '../result.ts'
import type { Placed } from './cql-reach.ts'
import { fhirTypeOf, type ElmLibrary, type ElmNode } from './elm.ts'

/** Types outside the patient's compartment: read by the references that lead to them. */
const REFERENCED: ReadonlySet<string> = new Set([
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'Location',
  'Medication',
  'HealthcareService',
  'Substance',
  'Endpoint',
])

/** The compartment's parameter where it is not `patient` (R4 patient compartment). */
const PATIENT_PARAMETER: Readonly<Record<string, string>> = {
  Account: 'subject',
  AdverseEvent: 'subject',
  Appointment: 'actor',
  AppointmentResponse: 'actor',
  AuditEvent: 'patient',
  Group: 'member',
  Person: 'patient',
  Schedule: 'actor',
}

/** Without a code, a server such as Epic wants these (US Core names all of them). */
const UNCODED: Readonly<Record<string, string>> = {
  Observation: 'category=vital-signs,laboratory,social-history,survey,exam,imaging,procedure,therapy,activity',
  MedicationRequest: 'status=active,on-hold,completed,stopped,cancelled,draft,unknown,entered-in-error',
  MedicationStatement: 'status=active,completed,intended,stopped,on-hold,unknown,not-taken,entered-in-error',
}

/** Where the code parameter is not named after the element. */
const CODE_PARAMETER: Readonly<Record<string, string>> = {
  'MedicationRequest.medication': 'code',
  'MedicationStatement.medication': 'code',
  'MedicationAdministration.medication': 'code',
  'MedicationDispense.medication': 'code',
  'Immunization.vaccineCode': 'vaccine-code',
  'Device.type': 'type',
  'ServiceRequest.code': 'code',
  'Encounter.type': 'type',
}
const CODE_ELEMENTS: ReadonlySet<string> = new Set(['code', 'type', 'category', 'class', 'status'])

/** Codes beyond this make an address that servers refuse: then the type is searched for as a whole. */
const MAX_CODES_LENGTH = 1_500

export interface Searches {
  readonly searches: readonly string[]
  readonly referenced: readonly string[]
}

/** The searches of some retrieves. `codesOf` gives the codes of a value set that is at hand. */
export function searchesOf(
  retrieves: readonly Placed[],
  patientId: string,
  codesOf: (canonical: string) => readonly Coding[] | undefined,
): Result<Searches, Message> {
  const searches = new Set<string>()
  const referenced = new Set<string>()
  for (const { library, node } of retrieves) {
    const type = fhirTypeOf(node['dataType'])
    if (type === null) return err(message('form.lookup.cql-unsearchable', { type: String(node['dataType']) }))
    if (type === 'Patient') continue
    if (REFERENCED.has(type)) referenced.add(type)
    else {
      const filter = library.elm === null ? null : codeFilter(type, node, library.elm, codesOf)
      const patient = `${PATIENT_PARAMETER[type] ?? 'patient'}=${encodeURIComponent(patientValue(type, patientId))}`
      searches.add([`${type}?${patient}`, filter ?? UNCODED[type]].filter((part) => part !== undefined).join('&'))
    }
  }
  return ok({ searches: withoutCovered([...searches]), referenced: [...referenced] })
}

/** A parameter that takes several types of target is told which one is meant. */
const patientValue = (type: string, id: string): string =>
  (PATIENT_PARAMETER[type] ?? 'patient') === 'patient' ? id : `Patient/${id}`

/** A search by code gives nothing new beside one of the same type for everything. */
function withoutCovered(searches: readonly string[]): string[] {
  const whole = new Set(searches.filter((query) => !query.includes('&')))
  return searches.filter((query) => whole.has(query) || !whole.has(query.split('&')[0] ?? ''))
}

function codeFilter(
  type: string,
  node: ElmNode,
  elm: ElmLibrary,
  codesOf: (canonical: string) => readonly Coding[] | undefined,
): string | null {
  const element = typeof node['codeProperty'] === 'string' ? node['codeProperty'] : null
  if (element === null || node['codes'] === undefined) return null
  const parameter = CODE_PARAMETER[`${type}.${element}`] ?? (CODE_ELEMENTS.has(element) ? element : null)
  const codes = parameter === null ? undefined : readCodes(node['codes'] as ElmNode, elm, codesOf)
  if (parameter === null || codes === undefined || codes.length === 0) return null
  const tokens = [...new Set(codes.map(tokenOf))].join(',')
  return tokens.length > MAX_CODES_LENGTH ? null : `${parameter}=${tokens}`
}

const tokenOf = ({ system, code }: Coding): string =>
  system === undefined
    ? encodeURIComponent(code ?? '')
    : `${encodeURIComponent(system)}|${encodeURIComponent(code ?? '')}`

/** Codes that are known without running anything; undefined where they are computed. */
function readCodes(
  node: ElmNode,
  elm: ElmLibrary,
  codesOf: (canonical: string) => readonly Coding[] | undefined,
): Coding[] | undefined {
  const { type, name = '', libraryName } = node
  if (libraryName !== undefined) return undefined
  if (type === 'ValueSetRef') {
    const set = elm.valueSets?.def?.find((one) => one.name === name)
    const found =
      set === undefined ? undefined : codesOf(set.version === undefined ? set.id : `${set.id}|${set.version}`)
    return found === undefined ? undefined : [...found]
  }
  if (type === 'CodeRef') return namedCode(elm, name)
  if (type === 'ConceptRef') {
    const concept = elm.concepts?.def?.find((one) => one.name === name)
    return allOf(concept?.code?.map((code) => namedCode(elm, code.name ?? '')))
  }
  if (type === 'List')
    return allOf((node['element'] as ElmNode[] | undefined)?.map((one) => readCodes(one, elm, codesOf)))
  if (type === 'ToList' || type === 'ToConcept' || type === 'ExpandValueSet')
    return readCodes(node['operand'] as ElmNode, elm, codesOf)
  if (type === 'Property' && node['path'] === 'codes') return readCodes(node['source'] as ElmNode, elm, codesOf)
  return undefined
}

function allOf(codes: readonly (Coding[] | undefined)[] | undefined): Coding[] | undefined {
  return codes === undefined || codes.includes(undefined) ? undefined : codes.flatMap((some) => some ?? [])
}

function namedCode(elm: ElmLibrary, name: string): Coding[] | undefined {
  const code = elm.codes?.def?.find((one) => one.name === name)
  if (code === undefined || code.codeSystem?.libraryName !== undefined) return undefined
  const system = elm.codeSystems?.def?.find((one) => one.name === code.codeSystem?.name)?.id
  return [{ code: code.id, ...(system === undefined ? {} : { system }) }]
}
