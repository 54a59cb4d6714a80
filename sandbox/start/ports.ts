/** Free ports, the same ones on every start as long as nobody else took them. */
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { writePrivate } from './files.ts'

export const PORT_NAMES = ['precert', 'ehr', 'caresource-oh', 'caresource-ga'] as const
export type Ports = Readonly<Record<(typeof PORT_NAMES)[number], number>>

/** Where a first start looks: easy to remember, and not what other development servers use. */
export const USUAL_PORTS: Ports = { precert: 4600, ehr: 4601, 'caresource-oh': 4602, 'caresource-ga': 4603 }

/** Picks a port for each part and keeps them in the file; `preferred` are tried where none is kept. */
export async function pickPorts(file: string, preferred: Partial<Ports>): Promise<Ports> {
  const wished: Partial<Ports> = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Ports>)
    : preferred
  // All are held open until each is chosen, so that no two parts get the same one.
  const held: { readonly name: string; readonly server: Server; readonly port: number }[] = []
  for (const name of PORT_NAMES) {
    const server = (await tryListen(wished[name] ?? 0)) ?? (await tryListen(0))
    const address = server?.address()
    if (server === undefined || address === null || typeof address !== 'object')
      throw new Error('No free port was found on 127.0.0.1')
    held.push({ name, server, port: address.port })
  }
  await Promise.all(held.map(({ server }) => new Promise((resolve) => server.close(resolve))))
  const ports = Object.fromEntries(held.map(({ name, port }) => [name, port])) as Ports
  writePrivate(file, JSON.stringify(ports))
  return ports
}

function tryListen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server))
  })
}
