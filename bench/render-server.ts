/** Serves what the rendering bench opens: the app as it was built with one case behind it, and the peer's page. */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import type { LaunchView } from '#domain/contract/launch.ts'
import { generateForm, viewOf } from './render-forms.ts'

const APP = 'dist/app'
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.html': 'text/html',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

const LAUNCH: LaunchView = {
  launchId: 'bench',
  user: { name: 'Bench', role: 'clinician', npi: null, maySign: true },
  patient: {
    reference: 'Patient/bench',
    name: 'Bench, Patient',
    gender: 'female',
    birthDate: '1992-03-12',
    ageYears: 34,
    mrn: '1',
  },
  needPatientBanner: true,
  ehrName: 'Bench',
  timeZone: 'UTC',
  missingScopes: [],
  focusGroupId: null,
  cases: [],
}

export interface RenderServer {
  readonly origin: string
  close(): Promise<void>
}

/** A case's id is the form it holds: `items-expressions`. */
export async function serveForms(peer: { readonly script: string } | null): Promise<RenderServer> {
  const server = createServer((request, response) => {
    void answer(request, response, peer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The bench’s server has no port')
  return {
    origin: `http://127.0.0.1:${String(address.port)}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  peer: { readonly script: string } | null,
): Promise<void> {
  const send = (type: string, body: string | Buffer, status = 200): void => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
  }
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  const [, items = '0', expressions = '0'] = /(\d+)-(\d+)/.exec(path) ?? []
  const form = () => generateForm(Number(items), Number(expressions))
  if (path === '/api/launch/bench') return send('application/json', JSON.stringify(LAUNCH))
  if (request.method === 'PUT')
    return send('application/json', JSON.stringify({ version: 2, savedAt: LAUNCH.launchId }))
  if (path.endsWith('/form') && path.startsWith('/api/'))
    return send('application/json', JSON.stringify(viewOf(form(), path)))
  if (path.startsWith('/api/')) return send('application/json', '{}', 404)
  if (path === '/peer.js') return send('text/javascript', peer?.script ?? '')
  if (path.startsWith('/peer/')) return send('text/html', peerPage(JSON.stringify(form())))
  try {
    const file = path.startsWith('/assets/') ? normalize(path) : '/index.html'
    send(TYPES[extname(file)] ?? 'application/octet-stream', await readFile(join(APP, file)))
  } catch {
    send('text/plain', 'not found', 404)
  }
}

const peerPage = (form: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Peer</title></head><body><div id="root"></div>
<script>window.form = ${form.replaceAll('<', '\\u003c')}</script><script type="module" src="/peer.js"></script></body></html>`
