/**
 * The FHIR R4 server of the simulated EHR without its transport: read, search, create, update. Every call is held against the
 * scopes and the patient of its token.
 */
import type { OutcomeIssue } from '#domain/fhir/operation-outcome.ts'
import { err, ok, type Result } from '#domain/result.ts'
import type { Grant } from '../oauth/grants.ts'
import { readAccess, type Interaction } from '../oauth/scopes.ts'
import { isResource, readPatientId, toReference, type AnyResource } from '../resource.ts'
import type { ResourceStore } from '../store.ts'
import { answer, answerVersioned, refuse, refuseAll, toEtag, type FhirAnswer } from './answer.ts'
import { RESOURCE_TYPES } from './search-parameters.ts'
import { runSearch } from './search.ts'
import { listWriteFaults, WRITABLE } from './write-rules.ts'

export interface FhirServerOptions {
  /** FHIR base URL. */
  readonly fhirBase: string
  readonly store: ResourceStore
  readonly readGrant: (token: string) => Grant | undefined
}

/** What every call brings: the bearer token, or undefined where there is none. */
export interface FhirCall {
  readonly token: string | undefined
  readonly type: string
}

export interface FhirServer {
  read(call: FhirCall & { readonly id: string; readonly ifNoneMatch: string | undefined }): FhirAnswer
  search(call: FhirCall & { readonly query: URLSearchParams; readonly lenient: boolean }): FhirAnswer
  create(call: FhirCall & { readonly body: unknown }): FhirAnswer
  update(
    call: FhirCall & { readonly id: string; readonly body: unknown; readonly ifMatch: string | undefined },
  ): FhirAnswer
}

/** Who asks and how far the token reaches for a type. */
interface Access {
  /** The only patient whose data may pass, or null where the user's own reach applies. */
  readonly patientId: string | null
  readonly scopes: readonly string[]
}

const OUTSIDE = refuse(403, 'forbidden', 'Outside of the patient this token is for')

export function createFhirServer(options: FhirServerOptions): FhirServer {
  const { store, fhirBase } = options
  const access = (call: FhirCall, interaction: Interaction) => readCallAccess(options, call, interaction)
  const listFaults = (body: AnyResource, type: string): readonly OutcomeIssue[] =>
    listWriteFaults(body, { type, fhirBase, exists: (of, id) => store.read(of, id) !== undefined })

  return {
    read(call) {
      const allowed = access(call, 'r')
      if (!allowed.ok) return allowed.error
      const resource = store.read(call.type, call.id)
      if (resource === undefined) return refuse(404, 'not-found', `${call.type}/${call.id} does not exist`)
      if (!isWithin(allowed.value, resource)) return OUTSIDE
      return call.ifNoneMatch === toEtag(resource)
        ? answer(304, null, { etag: toEtag(resource) })
        : answerVersioned(200, resource)
    },
    search(call) {
      const allowed = access(call, 's')
      if (!allowed.ok) return allowed.error
      const { patientId, scopes } = allowed.value
      if (asksForAnother(call.query, patientId, fhirBase)) return OUTSIDE
      const found = runSearch({
        ...call,
        store,
        baseUrl: fhirBase,
        patientId,
        mayRead: (type) => readAccess(scopes, type, 'r') !== 'none',
      })
      if (found.ok) return answer(200, found.value)
      const [first, ...rest] = found.error.texts.map((text): OutcomeIssue => ({
        severity: 'error',
        code: 'not-supported',
        text,
      }))
      return first === undefined ? refuse(400, 'invalid', 'The search failed') : refuseAll(400, [first, ...rest])
    },
    create(call) {
      const { type, body } = call
      const allowed = access(call, 'c')
      if (!allowed.ok) return allowed.error
      if (WRITABLE[type]?.create !== true) return refuse(405, 'not-supported', `${type} cannot be created here`)
      if (!isResource(body)) return refuse(400, 'structure', 'The body is not a FHIR resource')
      if (!isWithin(allowed.value, body)) return OUTSIDE
      const [first, ...rest] = listFaults(body, type)
      if (first !== undefined) return refuseAll(422, [first, ...rest])
      const created = store.create(body)
      return answerVersioned(201, created, {
        location: `${fhirBase}/${toReference(created)}/_history/${created.meta.versionId}`,
      })
    },
    update(call) {
      const { type, id, body, ifMatch } = call
      const allowed = access(call, 'u')
      if (!allowed.ok) return allowed.error
      if (WRITABLE[type] === undefined) return refuse(405, 'not-supported', `${type} cannot be changed here`)
      if (!isResource(body) || body.id !== id) return refuse(400, 'structure', `The body is not ${type}/${id}`)
      const current = store.read(type, id)
      if (current === undefined) return refuse(404, 'not-found', `${type}/${id} does not exist`)
      if (!isWithin(allowed.value, current) || !isWithin(allowed.value, body)) return OUTSIDE
      if (ifMatch === undefined) return refuse(428, 'required', 'If-Match is needed to change a resource')
      const [first, ...rest] = listFaults(body, type)
      if (first !== undefined) return refuseAll(422, [first, ...rest])
      const updated = store.update({ ...body, id }, /^W\/"(.+)"$/.exec(ifMatch)?.[1] ?? ifMatch)
      return updated.ok
        ? answerVersioned(200, updated.value)
        : refuse(412, 'conflict', `${type}/${id} was changed by somebody else`)
    },
  }
}

function readCallAccess(
  options: FhirServerOptions,
  { token, type }: FhirCall,
  interaction: Interaction,
): Result<Access, FhirAnswer> {
  const grant = token === undefined ? undefined : options.readGrant(token)
  if (grant === undefined) {
    const text = token === undefined ? 'A bearer token is needed' : 'The token is unknown or has expired'
    return err({ ...refuse(401, 'login', text), headers: { 'www-authenticate': 'Bearer realm="Sandbox EHR"' } })
  }
  if (!RESOURCE_TYPES.includes(type)) return err(refuse(404, 'not-supported', `${type} is not served here`))
  const reach = readAccess(grant.scopes, type, interaction)
  if (reach === 'none') return err(refuse(403, 'forbidden', `The token has no scope for ${type}.${interaction}`))
  return ok({ patientId: reach === 'patient' ? grant.launch.patientId : null, scopes: grant.scopes })
}

/** Whether a resource may pass: it belongs to the token's patient, or the token is not bound to one. */
function isWithin(access: Access, resource: AnyResource): boolean {
  return access.patientId === null || readPatientId(resource) === access.patientId
}

/** Whether the query names a patient other than the token's: refused, rather than answered with nothing. */
function asksForAnother(query: URLSearchParams, patientId: string | null, fhirBase: string): boolean {
  const asked = query.get('patient') ?? query.get('subject')
  if (patientId === null || asked === null) return false
  return asked !== patientId && asked !== `Patient/${patientId}` && asked !== `${fhirBase}/Patient/${patientId}`
}
