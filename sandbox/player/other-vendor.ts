/**
 * Another vendor's system: submits a PAS request of its own to Precert's endpoint, over SMART Backend Services, and asks
 * after it. What passes is recorded here, since neither end of it is a part of the sandbox.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bundle, Claim, FhirResource } from 'fhir/r4'
import { importJWK, SignJWT, type JWK } from 'jose'
import { recordFetch, type Recorder } from '../recorder.ts'
import { findRoot } from '../root.ts'

const CLIENT_ID = 'other-vendor'

export interface OtherVendor {
  /** Reads the endpoint's statement, submits, inquires. Throws where an answer is not what the guide asks for. */
  readonly play: () => Promise<string>
}

/** Sets the vendor up with the private key that the sandbox made for it. */
export function openOtherVendor(precertUrl: string, keyFile: string, recorder: Recorder): OtherVendor {
  const base = `${precertUrl}/pas/2.2`
  const send = recordFetch(fetch, { recorder, name: CLIENT_ID, now: () => new Date().toISOString() })

  const requestToken = async (): Promise<string> => {
    const { keys } = JSON.parse(readFileSync(keyFile, 'utf8')) as { keys: (JWK & { kid: string; alg: string })[] }
    const [jwk] = keys
    if (jwk === undefined) throw new Error('The other vendor has no key')
    const assertion = await new SignJWT({
      iss: CLIENT_ID,
      sub: CLIENT_ID,
      aud: `${base}/token`,
      jti: crypto.randomUUID(),
    })
      .setProtectedHeader({ alg: jwk.alg, kid: jwk.kid, typ: 'JWT' })
      .setIssuedAt()
      .setExpirationTime('4m')
      .sign(await importJWK(jwk, jwk.alg))
    const response = await send(`${base}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
        scope: 'system/Claim.cruds',
      }),
    })
    if (!response.ok) throw new Error(`The token was refused: ${response.status} ${await response.text()}`)
    return ((await response.json()) as { access_token: string }).access_token
  }

  const call = async (path: string, token: string, body?: unknown): Promise<FhirResource> => {
    const response = await send(`${base}/fhir/${path}`, {
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/fhir+json',
        'content-type': 'application/fhir+json',
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 500)}`)
    return JSON.parse(text) as FhirResource
  }

  return {
    async play() {
      const token = await requestToken()
      await call('metadata', token)
      const request = buildRequest()
      const answer = await call('Claim/$submit', token, request)
      const decided = readDecisions(answer)
      if (!decided.startsWith('A1')) throw new Error(`The answer decides ${decided || 'nothing'}`)
      const inquiry = await call('Claim/%24inquire', token, buildInquiry(request))
      if (inquiry.resourceType !== 'Parameters') throw new Error(`$inquire answered a ${inquiry.resourceType}`)
      return decided
    },
  }
}

/** The vendor's request with identifiers and fullUrls of its own. */
export function buildRequest(
  newId: () => string = () => crypto.randomUUID(),
  now = new Date().toISOString(),
): Bundle<FhirResource> {
  const template = readFileSync(join(findRoot(), 'sandbox/player/other-vendor-request.json'), 'utf8')
  const ids = new Map<string, string>()
  const fresh = template.replace(/urn:uuid:[0-9a-f-]{36}/g, (old) => {
    const known = ids.get(old) ?? `urn:uuid:${newId()}`
    ids.set(old, known)
    return known
  })
  const bundle = JSON.parse(fresh) as Bundle<FhirResource>
  const id = newId()
  const [first, ...rest] = bundle.entry ?? []
  const claim = {
    ...(first?.resource as Claim),
    id: newId(),
    created: now,
    identifier: [{ system: 'urn:trnorg:9876543210', value: id }],
  }
  return {
    ...bundle,
    id,
    timestamp: now,
    identifier: { system: 'https://other-vendor.example/submission', value: id },
    entry: [{ ...first, resource: claim }, ...rest],
  }
}

/** A query by example: the same parties, no lines, an identifier of its own. */
export function buildInquiry(request: Bundle<FhirResource>): Bundle<FhirResource> {
  const [first] = request.entry ?? []
  const id = crypto.randomUUID()
  const pas = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition'
  const query: Claim = {
    ...(first?.resource as Claim),
    id,
    meta: { profile: [`${pas}/profile-claim-inquiry`] },
    identifier: [{ system: 'urn:trnorg:9876543210', value: id }],
  }
  delete query.supportingInfo
  delete query.diagnosis
  delete query.item
  const parties = new Set(['Patient', 'Coverage', 'Organization', 'Practitioner', 'PractitionerRole'])
  return {
    ...request,
    id,
    meta: { profile: [`${pas}/profile-pas-inquiry-request-bundle`] },
    identifier: { system: 'https://other-vendor.example/submission', value: id },
    entry: [
      { ...first, resource: query },
      ...(request.entry ?? []).slice(1).filter((entry) => parties.has(entry.resource?.resourceType ?? '')),
    ],
  }
}

/** The review action of each line, e.g. `A1 A1 A1`. */
function readDecisions(answer: FhirResource): string {
  return [...JSON.stringify(answer).matchAll(/"system":"https:\/\/codesystem\.x12\.org\/005010\/306","code":"(\w+)"/g)]
    .map(([, code]) => code)
    .join(' ')
}
