/**
 * Who holds leases: a name by which a later process on the same machine can tell that the holder is gone. Where that cannot be
 * told for sure (another machine, another container, no Linux) nobody is gone, and a lease runs out by itself. Copies of one
 * running machine under one host name would be taken for each other.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Store } from './store.ts'

/** This process; `id` is its own part, for systems that tell nothing more. */
export function nameOwner(id: string): string {
  const machine = machineOf()
  const startedAt = startOf(process.pid)
  return machine === undefined || startedAt === undefined ? id : [machine, process.pid, startedAt, id].join(' ')
}

/** Whether the process of that name ran here and runs no more. */
export function isGone(owner: string): boolean {
  const [machine, pid, startedAt] = owner.split(' ')
  if (startedAt === undefined || machine !== machineOf()) return false
  return startOf(Number(pid)) !== startedAt
}

/** Gives back what dead processes held; an embedded database has one process, so whoever held anything there is dead. */
export async function freeLeasesOfTheDead(store: Pick<Store, 'transaction' | 'isShared' | 'jobs'>): Promise<void> {
  await store.transaction(async (tx) => {
    const owners = await store.jobs.listOwners(tx)
    const dead = store.isShared ? owners.filter(isGone) : owners
    await store.jobs.freeLeases(tx, dead)
  })
}

/** The process ids of a machine since it started, in one container or in none. */
function machineOf(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return [hostname(), boot, readlinkSync('/proc/self/ns/pid')].join('|').replaceAll(' ', '_')
  } catch {
    return undefined
  }
}

/** When a process started, in ticks since the machine did: a number used again has another start. Undefined where none runs. */
function startOf(pid: number): string | undefined {
  try {
    // The name of the program comes before, in brackets, and may hold anything.
    const [state, ...fields] = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return state === 'Z' || state === 'X' ? undefined : fields[18]
  } catch {
    return undefined
  }
}
