/** Stands between a client and its PostgreSQL, and drops the connection at a statement: a loss at a known moment. */
import { connect, createServer, type AddressInfo } from 'node:net'

export interface CuttingProxy {
  readonly url: string
  /** Drops each connection that sends these words from now on; `null`: none. */
  readonly cutAt: (words: string | null) => void
  readonly close: () => void
}

/** Listens on a port of its own, before the database of `databaseUrl`. */
export async function openCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl)
  let cut: string | null = null
  const server = createServer((client) => {
    const database = connect(Number(target.port), target.hostname)
    for (const [one, other] of [
      [client, database],
      [database, client],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
    database.pipe(client)
    client.on('data', (sent: Buffer) => {
      if (cut !== null && sent.includes(cut)) client.destroy()
      else database.write(sent)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(databaseUrl)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    cutAt(words) {
      cut = words
    },
    close: () => server.close(),
  }
}
