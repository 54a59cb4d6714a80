/**
 * The tenant's FHIR server. Reads follow every page up to a cap and say when a result is not complete; an empty list is a
 * clinical statement and is never made out of a failure. The token goes to the tenant's base and nowhere else.
 */
import type { Bundle, FhirResource } from 'fhir/r4'
import { normalizeReference, referenceTo } from '#domain/fhir/reference.ts'
import { err, ok, type Result } from '#domain/result.ts'
import type { EhrClient, EhrFailure, ReadPurpose } from '../context.ts'
import { exchangeHttp, parseJsonBody, type HttpAnswer } from './http-exchange.ts'

const TIMEOUT_MS = 10_000
/** A search that has more pages than this is given as not complete. */
const MAX_PAGES = 40
const FHIR_JSON = 'application/fhir+json'

/** The access token of one launch or hook call, and how to get another after a 401. */
export interface TokenSource {
  current(): Promise<Result<string, EhrFailure>>
  /** Asked once after a 401 to `stale`; a source that cannot refresh fails with `unauthorized`. */
  refresh(stale: string): Promise<Result<string, EhrFailure>>
}

/** One access to a chart, for the access log. Never a search text: `reference` is `Type/id`. */
export interface ChartAccess {
  readonly action: 'read' | 'search' | 'create' | 'update'
  readonly resourceType: string
  readonly reference: string | null
  readonly purpose: ReadPurpose
  /** `ok`, `incomplete` or the failure's reason. */
  readonly outcome: string
  readonly count: number | null
}

export interface EhrReaderDeps {
  readonly fetch: typeof fetch
  readonly fhirBase: string
  readonly tokens: TokenSource
  readonly log: (access: ChartAccess) => void
  readonly timeoutMs?: number
}

type Answer = Result<{ readonly answer: HttpAnswer; readonly body: unknown }, EhrFailure>

function fail(reason: EhrFailure['reason'], status: number | null, path?: string): Result<never, EhrFailure> {
  return err({ reason, status, ...(path === undefined ? {} : { path }) })
}

function failureOf({ status, headers }: HttpAnswer): Result<never, EhrFailure> {
  if (status === 404 || status === 410) return fail('not-found', status)
  if (status === 401) return fail('unauthorized', status)
  if (status === 403)
    return fail(
      /insufficient_scope/.test(headers.get('www-authenticate') ?? '') ? 'scope-missing' : 'forbidden',
      status,
    )
  if (status === 409 || status === 412) return fail('conflict', status)
  return fail(status >= 500 || status === 429 ? 'ehr-unavailable' : 'ehr-nonsense', status)
}

const RELATIVE = /^[A-Z][A-Za-z]{1,40}\/[A-Za-z0-9.-]{1,64}$/

/** A client for one chart. Failures are values; what the EHR says beyond its status stays out of them (it may be PHI). */
export function createEhrReader(deps: EhrReaderDeps): EhrClient {
  const base = deps.fhirBase.replace(/\/+$/, '')
  const timeoutMs = deps.timeoutMs ?? TIMEOUT_MS

  const sendOnce = async (url: string, init: RequestInit, token: string): Promise<Result<HttpAnswer, EhrFailure>> => {
    const headers = { accept: FHIR_JSON, ...init.headers, authorization: `Bearer ${token}` }
    const sent = await exchangeHttp(deps.fetch, url, { ...init, headers }, timeoutMs)
    return sent.ok ? sent : fail(sent.error.reason === 'timeout' ? 'ehr-timeout' : 'ehr-unavailable', null)
  }

  const send = async (url: string, init: RequestInit = {}): Promise<Answer> => {
    const token = await deps.tokens.current()
    if (!token.ok) return token
    let sent = await sendOnce(url, init, token.value)
    if (sent.ok && sent.value.status === 401) {
      const renewed = await deps.tokens.refresh(token.value)
      if (!renewed.ok) return renewed
      sent = await sendOnce(url, init, renewed.value)
    }
    if (!sent.ok) return sent
    if (sent.value.status >= 300 || sent.value.status < 200) return failureOf(sent.value)
    return ok({ answer: sent.value, body: parseJsonBody(sent.value.body) })
  }

  const logged = <T>(
    access: Omit<ChartAccess, 'outcome' | 'count'>,
    result: Result<T, EhrFailure>,
    count: number | null,
    complete = true,
  ): Result<T, EhrFailure> => {
    deps.log({ ...access, outcome: result.ok ? (complete ? 'ok' : 'incomplete') : result.error.reason, count })
    return result
  }

  /** The next page, only where it lies under the tenant's base (crd.md §4.3: same-origin check). */
  const nextPage = (bundle: Bundle): string | null | 'elsewhere' => {
    const link = bundle.link?.find(({ relation }) => relation === 'next')?.url
    if (link === undefined) return null
    const url = new URL(link, `${base}/`).href
    return url.startsWith(`${base}/`) || url.startsWith(`${base}?`) ? url : 'elsewhere'
  }

  const readPages = async (
    address: string,
    first: number | null,
  ): Promise<Result<{ resources: FhirResource[]; complete: boolean }, EhrFailure>> => {
    const resources: FhirResource[] = []
    let complete = true
    let limit = first
    let matches = 0
    let url: string | null = address
    for (let page = 0; url !== null; page++) {
      if (page === MAX_PAGES) return ok({ resources, complete: false })
      const sent: Answer = await send(url)
      if (!sent.ok) return sent
      const bundle = sent.value.body as Bundle<FhirResource> | undefined
      if (bundle?.resourceType !== 'Bundle') return fail('ehr-nonsense', sent.value.answer.status)
      // Later pages may be named by the server's own tokens.
      if (page === 0 && !isInOrder(bundle)) limit = null
      for (const { resource, search } of bundle.entry ?? []) {
        if (resource === undefined) continue
        if (search?.mode === 'outcome' || resource.resourceType === 'OperationOutcome') complete &&= !isError(resource)
        else if (search?.mode === 'include') resources.push(resource)
        else if (limit === null || matches < limit) {
          matches += 1
          resources.push(resource)
        }
      }
      if (limit !== null && matches >= limit) break
      const next = nextPage(bundle)
      if (next === 'elsewhere') return ok({ resources, complete: false })
      url = next
    }
    return ok({ resources, complete })
  }

  return {
    async read(reference, purpose) {
      const relative = normalizeReference(reference)
      const access = {
        action: 'read' as const,
        resourceType: relative.split('/')[0] ?? '',
        reference: relative,
        purpose,
      }
      const isElsewhere = /^[a-z]+:/i.test(reference) && !reference.startsWith(`${base}/`)
      if (isElsewhere || !RELATIVE.test(relative)) return logged(access, fail('not-found', null, 'reference'), 0)
      const sent = await send(`${base}/${relative}`)
      if (!sent.ok) return logged(access, sent, 0)
      const resource = sent.value.body as FhirResource | undefined
      const isAsked = resource !== undefined && referenceTo(resource) === relative
      return logged(access, isAsked ? ok(resource) : fail('ehr-nonsense', sent.value.answer.status), isAsked ? 1 : 0)
    },

    async search(resourceType, query, purpose, first = null) {
      const access = { action: 'search' as const, resourceType, reference: null, purpose }
      const found = await readPages(`${base}/${resourceType}${query === '' ? '' : `?${query}`}`, first)
      return found.ok
        ? logged(access, found, found.value.resources.length, found.value.complete)
        : logged(access, found, null)
    },

    async create(resource, purpose) {
      const access = { action: 'create' as const, resourceType: resource.resourceType, reference: null, purpose }
      const sent = await send(`${base}/${resource.resourceType}`, writeInit('POST', resource, null))
      if (!sent.ok) return logged(access, sent, 0)
      const created = readCreated(sent.value, resource.resourceType)
      return logged(
        { ...access, reference: created?.reference ?? null },
        created ? ok(created) : fail('ehr-nonsense', 201),
        1,
      )
    },

    async update(resource, purpose) {
      const reference = referenceTo(resource) ?? ''
      const access = { action: 'update' as const, resourceType: resource.resourceType, reference, purpose }
      if (!RELATIVE.test(reference)) return logged(access, fail('not-found', null, 'id'), 0)
      const sent = await send(`${base}/${reference}`, writeInit('PUT', resource, resource.meta?.versionId ?? null))
      return sent.ok ? logged(access, ok({ versionId: versionOf(sent.value.answer) }), 1) : logged(access, sent, 0)
    },
  }
}

/** An EHR says in the self link what it searched by: one that left the order out gave no first ones (R4 search §3.1.1.2). */
function isInOrder({ link }: Bundle): boolean {
  const self = link?.find(({ relation }) => relation === 'self')?.url
  return self === undefined || self.includes('_sort')
}

function isError(resource: FhirResource): boolean {
  return (
    resource.resourceType === 'OperationOutcome' &&
    resource.issue.some(({ severity }) => severity === 'fatal' || severity === 'error')
  )
}

/** If-Match where the version is known: some EHRs refuse a PUT without it (crd.md §5). */
function writeInit(method: string, resource: FhirResource, versionId: string | null): RequestInit {
  return {
    method,
    body: JSON.stringify(resource),
    headers: { 'content-type': FHIR_JSON, ...(versionId === null ? {} : { 'if-match': `W/"${versionId}"` }) },
  }
}

function versionOf({ headers }: HttpAnswer): string | null {
  return /^W\/"(.+)"$/.exec(headers.get('etag') ?? '')?.[1] ?? null
}

/** Where the EHR put a new resource: its Location header, else the body it gave back. */
function readCreated(
  sent: { readonly answer: HttpAnswer; readonly body: unknown },
  resourceType: string,
): { reference: string; versionId: string | null } | undefined {
  const location = sent.answer.headers.get('location') ?? ''
  const [, id, version] =
    new RegExp(`${resourceType}/([A-Za-z0-9.-]{1,64})(?:/_history/([^/?]+))?$`).exec(location) ?? []
  const body = sent.body as FhirResource | undefined
  const reference = id === undefined ? body && referenceTo(body) : `${resourceType}/${id}`
  if (reference === undefined) return undefined
  return { reference, versionId: version ?? versionOf(sent.answer) ?? body?.meta?.versionId ?? null }
}
