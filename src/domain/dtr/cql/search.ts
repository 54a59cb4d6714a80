/**
 * Retrieves turned into FHIR searches: no more than what they can see (DTR spec-69, sec-3), and shaped so that servers
 * answer them: Observation by code or else by category, medication orders by status, long code lists not by code.
 */
import type { Coding } from 'fhir/r4'
import { message, ok, err, type Message, type Result } from '../../result.ts'
import { definitionsOf, fhirTypeOf, type ElmNode } from './elm.ts'
import type { CqlLibrary } from './library.ts'
import { findIncluded, type Placed } from './reach.ts'
import type { CodesOf } from './value-sets.ts'

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

/** Without a code, a server such as Epic wants these: every status that there is. */
const UNCODED: Readonly<Record<string, string>> = {
  MedicationRequest: 'status=active,on-hold,completed,stopped,cancelled,draft,unknown,entered-in-error',
  MedicationStatement: 'status=active,completed,intended,stopped,on-hold,unknown,not-taken,entered-in-error',
}

const OBSERVATION_CATEGORIES = 'vital-signs,laboratory,social-history,survey,exam,imaging,procedure,therapy,activity'

/**
 * What to search for where a server refuses a search: Observation by the categories that US Core names, which a server such
 * as Epic insists on. It gives less: what has no category, or another, stays away. Null where there is nothing to fall back on.
 */
export function narrowerSearch(query: string): string | null {
  return /^Observation\?patient=[^&]+$/.test(query) ? `${query}&category=${OBSERVATION_CATEGORIES}` : null
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

/** Codes beyond this make an address that servers refuse. */
const MAX_CODES_LENGTH = 1_500
/** Of these a chart holds thousands: a long search is made in so many parts before the type is searched for as a whole. */
const MAX_PARTS: Readonly<Record<string, number>> = { Observation: 4 }

export interface Searches {
  readonly searches: readonly string[]
  readonly referenced: readonly string[]
}

export interface SearchContext {
  readonly patientId: string
  /** All libraries of the package: codes may be named in one and used in another. */
  readonly libraries: readonly CqlLibrary[]
  /** Gives the codes of a value set that is at hand. */
  readonly codesOf: CodesOf
}

/** The searches of some retrieves. */
export function searchesOf(retrieves: readonly Placed[], context: SearchContext): Result<Searches, Message> {
  const searches = new Set<string>()
  const referenced = new Set<string>()
  for (const { library, node } of retrieves) {
    const type = fhirTypeOf(node['dataType'])
    if (type === null) return err(message('form.lookup.cql-unsearchable', { type: String(node['dataType']) }))
    if (type === 'Patient') continue
    if (REFERENCED.has(type)) referenced.add(type)
    else {
      const filters = codeFilters(type, { library, node }, context) ?? [UNCODED[type]]
      const patient = `${PATIENT_PARAMETER[type] ?? 'patient'}=${encodeURIComponent(patientValue(type, context.patientId))}`
      for (const filter of filters)
        searches.add([`${type}?${patient}`, filter].filter((part) => part !== undefined).join('&'))
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

/** The searches by code, none where no code could match; null where codes cannot be searched for. */
function codeFilters(type: string, { library, node }: Placed, context: SearchContext): string[] | null {
  const element = typeof node['codeProperty'] === 'string' ? node['codeProperty'] : null
  if (element === null || node['codes'] === undefined) return null
  const parameter = CODE_PARAMETER[`${type}.${element}`] ?? (CODE_ELEMENTS.has(element) ? element : null)
  const codes = parameter === null ? undefined : readCodes({ library, node: node['codes'] as ElmNode }, context)
  if (parameter === null || codes === undefined) return null
  const parts: string[] = []
  for (const token of new Set(codes.map(tokenOf))) {
    const last = parts.at(-1)
    if (last === undefined || last.length + token.length >= MAX_CODES_LENGTH) parts.push(token)
    else parts[parts.length - 1] = `${last},${token}`
  }
  return parts.length > (MAX_PARTS[type] ?? 1) ? null : parts.map((part) => `${parameter}=${part}`)
}

const tokenOf = ({ system, code }: Coding): string =>
  system === undefined
    ? encodeURIComponent(code ?? '')
    : `${encodeURIComponent(system)}|${encodeURIComponent(code ?? '')}`

const MAX_DEPTH = 20

/** Codes that are known without running anything; undefined where they are computed. */
function readCodes(placed: Placed, context: SearchContext, depth = 0): Coding[] | undefined {
  const { node } = placed
  const library = libraryOf(placed, context.libraries)
  const { elm } = library ?? {}
  if (library === undefined || elm === undefined || elm === null || depth > MAX_DEPTH) return undefined
  const deeper = (inner: unknown, of = placed.library): Coding[] | undefined =>
    readCodes({ library: of, node: inner as ElmNode }, context, depth + 1)
  const { type, name = '' } = node
  switch (type) {
    case 'ValueSetRef': {
      const set = elm.valueSets?.def?.find((one) => one.name === name)
      const found =
        set === undefined ? undefined : context.codesOf(set.version === undefined ? set.id : `${set.id}|${set.version}`)
      return found === undefined ? undefined : [...found]
    }
    case 'CodeRef':
      return namedCode(library, name, context)
    case 'ConceptRef': {
      const concept = elm.concepts?.def?.find((one) => one.name === name)
      return allOf(concept?.code?.map((code) => namedCode(library, code.name ?? '', context)))
    }
    case 'ExpressionRef': {
      const define = definitionsOf(elm).find((one) => one.name === name)
      return define?.expression === undefined ? undefined : deeper(define.expression, library)
    }
    case 'List':
      return allOf((node['element'] as ElmNode[] | undefined)?.map((one) => deeper(one)))
    case 'Union':
      return allOf((node['operand'] as ElmNode[] | undefined)?.map((one) => deeper(one)))
    case 'ToList':
    case 'ToConcept':
    case 'ExpandValueSet':
    case 'Flatten':
    case 'Distinct':
      return deeper(node['operand'])
    case 'Property':
      return node['path'] === 'codes' ? deeper(node['source']) : undefined
    default:
      return undefined
  }
}

function libraryOf(
  { library, node }: { library: CqlLibrary; node: { readonly libraryName?: string } },
  all: readonly CqlLibrary[],
): CqlLibrary | undefined {
  if (node.libraryName === undefined) return library
  const include = library.elm?.includes?.def?.find(({ localIdentifier }) => localIdentifier === node.libraryName)
  return include === undefined ? undefined : findIncluded(all, include)
}

function allOf(codes: readonly (Coding[] | undefined)[] | undefined): Coding[] | undefined {
  return codes === undefined || codes.includes(undefined) ? undefined : codes.flatMap((some) => some ?? [])
}

function namedCode(library: CqlLibrary, name: string, { libraries }: SearchContext): Coding[] | undefined {
  const code = library.elm?.codes?.def?.find((one) => one.name === name)
  if (code === undefined) return undefined
  const place = libraryOf({ library, node: code.codeSystem ?? {} }, libraries)
  const system = place?.elm?.codeSystems?.def?.find((one) => one.name === code.codeSystem?.name)?.id
  if (code.codeSystem !== undefined && system === undefined) return undefined
  return [{ code: code.id, ...(system === undefined ? {} : { system }) }]
}
