/**
 * PGlite's Node file system reports a successful fsync without calling it (electric-sql/pglite#1107). This one does call it,
 * so that an acknowledged commit is on the disk.
 */
import { closeSync, fdatasyncSync, fsyncSync, openSync } from 'node:fs'
import type { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

type EmscriptenOptions = Parameters<NodeFS['init']>[1]

/** What Emscripten's NODEFS hands to a stream operation; not in PGlite's types. */
interface NodeFsStream {
  readonly nfd?: number
  readonly node: unknown
}
interface NodeFsModule {
  readonly NODEFS: {
    readonly stream_ops: { fsync?: (stream: NodeFsStream) => number }
    realPath(node: unknown): string
  }
}

const EIO = 29

export class DurableNodeFS extends NodeFS {
  override async init(pg: PGlite, options: EmscriptenOptions): Promise<{ emscriptenOpts: EmscriptenOptions }> {
    const result = await super.init(pg, options)
    const preRun = result.emscriptenOpts.preRun
    if (!Array.isArray(preRun)) throw new Error('PGlite gave no preRun list: its file system cannot be made durable')
    preRun.push((module) => {
      const { NODEFS } = module as unknown as NodeFsModule
      Object.assign(NODEFS.stream_ops, { fsync: (stream: NodeFsStream) => sync(stream, NODEFS) })
    })
    return result
  }
}

function sync(stream: NodeFsStream, nodeFs: NodeFsModule['NODEFS']): number {
  try {
    if (stream.nfd !== undefined) fdatasyncSync(stream.nfd)
    else syncDirectory(nodeFs.realPath(stream.node))
    return 0
  } catch {
    return EIO
  }
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
