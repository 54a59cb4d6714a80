/** Against a TLS server of our own with certificates made for the test; needs the openssl command, and is skipped without it. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createPlainServer } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PayerConfig } from '../config.ts'
import { createBytesFetch, createPayerFetch } from './payer-fetch.ts'

const folder = mkdtempSync(join(tmpdir(), 'precert-tls-'))
const at = (name: string): string => join(folder, name)
const openssl = (...args: string[]): void =>
  void execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })

/** A certificate signed by the folder's authority. */
function issue(name: string, extension: string): void {
  writeFileSync(at(`${name}.ext`), extension)
  openssl(
    'req',
    '-newkey',
    'ec:ec.param',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    `/CN=${name}`,
  )
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-out',
    `${name}.pem`,
    '-extfile',
    `${name}.ext`,
  )
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

let server: Server | undefined
let base: string
beforeAll(async () => {
  if (!hasOpenssl) return
  openssl('ecparam', '-name', 'prime256v1', '-out', 'ec.param')
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec:ec.param',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=Test authority',
  )
  issue('payer', 'subjectAltName=IP:127.0.0.1')
  // HRex: the name in a certificate is a URI.
  issue('precert', 'subjectAltName=URI:https://precert.example')
  const [key, cert, ca] = ['payer.key', 'payer.pem', 'ca.pem'].map((name) => readFileSync(at(name)))
  const options = { key: key!, cert: cert!, ca: ca!, requestCert: true, rejectUnauthorized: true }
  server = createServer(options, (request, response) => {
    if (request.url === '/silent') return
    if (request.url === '/moved') return void response.writeHead(302, { location: 'https://127.0.0.1:1/' }).end()
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => {
      const { subjectaltname } = (request.socket as TLSSocket).getPeerCertificate()
      const said = {
        subjectaltname,
        method: request.method,
        type: request.headers['content-type'],
        body: Buffer.concat(chunks).toString(),
      }
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(said))
    })
  })
  const listening = server
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  base = `https://127.0.0.1:${String((listening.address() as AddressInfo).port)}`
})
afterAll(async () => {
  server?.closeAllConnections()
  await new Promise((resolve) => (server === undefined ? resolve(null) : server.close(resolve)))
  rmSync(folder, { recursive: true })
})

const payer = (tls: PayerConfig['tls'], id = 'p'): PayerConfig =>
  ({
    id,
    tls,
    crd: null,
    dtr: null,
    pas: { base, attachmentUrl: null },
    auth: { tokenUrl: `${base}/token` },
  }) as unknown as PayerConfig
const files = (name: string): NonNullable<PayerConfig['tls']> => ({
  key: at(`${name}.key`),
  certificate: at(`${name}.pem`),
  authority: at('ca.pem'),
})
const plain: typeof fetch = () => Promise.resolve(new Response('plain'))

describe.skipIf(!hasOpenssl)('a payer with mutual TLS', () => {
  it('is shown our certificate, and gets method, headers and bytes', async () => {
    const send = createPayerFetch(plain, [payer(files('precert'))])
    const answer = await send(`${base}/fhir/Claim/$submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: new TextEncoder().encode('{"a":"ü"}'),
    })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(await answer.json()).toEqual({
      subjectaltname: 'URI:https://precert.example',
      method: 'POST',
      type: 'application/fhir+json',
      body: '{"a":"ü"}',
    })
  })

  it('is not called by redirects', async () => {
    const send = createPayerFetch(plain, [payer(files('precert'))])
    expect((await send(`${base}/moved`, { redirect: 'manual' })).status).toBe(302)
  })

  it('that does not answer in time ends the call with the reason of its signal', async () => {
    const send = createPayerFetch(plain, [payer(files('precert'))])
    await expect(send(`${base}/silent`, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
  })

  it('refuses who shows nothing, and is refused where nobody vouches for it', async () => {
    await expect(fetch(base)).rejects.toThrow()
    const unbelieving = createPayerFetch(plain, [payer({ ...files('precert'), authority: null })])
    await expect(unbelieving(base)).rejects.toMatchObject({
      code: expect.stringMatching(/CERT|VERIFY|SELF_SIGNED/) as string,
    })
  })
})

describe.skipIf(!hasOpenssl)('the other payers', () => {
  it('are called plainly', async () => {
    const send = createPayerFetch(plain, [payer(files('precert'))])
    expect(await (await send('https://other.example/fhir')).text()).toBe('plain')
    expect(createPayerFetch(plain, [payer(null)])).toBe(plain)
  })
})

describe.skipIf(!hasOpenssl)('key files', () => {
  it('that cannot be read stop the start, by name', () => {
    const tls = { ...files('precert'), key: at('nothing.key') }
    expect(() => createPayerFetch(plain, [payer(tls)])).toThrow(/nothing[.]key cannot be read/)
  })
  it('may not differ between payers of one address', () => {
    const both = [payer(files('precert')), payer(files('payer'), 'q')]
    expect(() => createPayerFetch(plain, both)).toThrow(/The payer q shares an address/)
  })
})

describe('a fetch of bytes', () => {
  it('gives the answer with its headers, and ends one that is without end', async () => {
    const chunk = Buffer.alloc(1024 * 1024)
    const payer = createPlainServer((request, response) => {
      if (request.url === '/short') return void response.writeHead(201, { 'x-one': ['a', 'b'] }).end('{}')
      response.on('error', () => undefined)
      const more = (): void => {
        if (!response.destroyed && response.write(chunk)) setImmediate(more)
        else response.once('drain', more)
      }
      more()
    })
    await new Promise<void>((resolve) => payer.listen(0, '127.0.0.1', resolve))
    const { port } = payer.address() as AddressInfo
    const fetchBytes = createBytesFetch()
    const short = await fetchBytes(`http://127.0.0.1:${String(port)}/short`)
    expect([short.status, short.headers.get('x-one'), await short.text()]).toEqual([201, 'a, b', '{}'])
    await expect(fetchBytes(`http://127.0.0.1:${String(port)}/endless`)).rejects.toThrow('too large')
    payer.closeAllConnections()
    await new Promise((resolve) => payer.close(resolve))
  })
})
