/** The built app over answers made up by a test or a bench: pages as the server sends them, and a stand-in for its API. */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { contentSecurityPolicy } from '../../server/http/security-headers.ts'

const APP = 'dist/app'
const NONCE = 'made-up-for-a-test'
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.html': 'text/html',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

export interface Asked {
  readonly method: string
  readonly path: string
  readonly body: string
}

/** What is answered: a value as JSON, a page or a script as it is; undefined is 404. */
export type Reply = object | { readonly type: string; readonly text: string } | undefined

export interface FormServer {
  readonly origin: string
  readonly asked: readonly Asked[]
  close(): Promise<void>
}

/** Serves the app; `reply` answers everything that is no file of it. */
export async function serveApp(reply: (asked: Asked) => Reply): Promise<FormServer> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    void answer(request, response, (question) => {
      asked.push(question)
      return reply(question)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return {
    origin: `http://127.0.0.1:${String(address.port)}`,
    asked,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  reply: (asked: Asked) => Reply,
): Promise<void> {
  const send = (type: string, body: string | Buffer, status = 200): void => {
    response
      .writeHead(status, {
        'content-type': type,
        'cache-control': 'no-store',
        ...(type === 'text/html'
          ? { 'content-security-policy': contentSecurityPolicy({ nonce: NONCE, frameAncestors: [] }) }
          : {}),
      })
      .end(body)
  }
  const path = request.url ?? '/'
  if (path.startsWith('/assets/') || path.startsWith('/l/')) {
    const file = path.startsWith('/assets/') ? normalize(path) : '/index.html'
    const content = await readFile(join(APP, file)).catch(() => null)
    if (content === null) return send('text/plain', 'not found', 404)
    const isPage = file === '/index.html'
    return send(
      TYPES[extname(file)] ?? 'application/octet-stream',
      isPage ? content.toString('utf8').replaceAll('__CSP_NONCE__', NONCE) : content,
    )
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const found = reply({ method: request.method ?? 'GET', path, body: Buffer.concat(chunks).toString('utf8') })
  if (found === undefined) return send('application/json', '{"reason":"not-found","ref":"test"}', 404)
  if ('type' in found && 'text' in found && typeof found.text === 'string')
    return response.writeHead(200, { 'content-type': String(found.type) }).end(found.text) as unknown as void
  send('application/json', JSON.stringify(found))
}
