/** Faults on demand: how the payer misbehaves for the next calls, whatever the member id says. Set on its page or by tests. */

export const FAULT_MODES = [
  'none',
  /** Takes the request in and never answers. */
  'silent',
  /** Processes the request, then closes the connection. */
  'drop-after-processing',
  /** 500 before anything is read. */
  'error-500',
  /** 422 with an OperationOutcome before anything is read. */
  'refuse-422',
  /** 200 with a body cut off in the middle. */
  'malformed-json',
  /** 200 with JSON that is no FHIR and no hook answer. */
  'nonsense',
  /** Answers as ever, but every text holds characters that no database keeps. */
  'bad-characters',
] as const
export type FaultMode = (typeof FAULT_MODES)[number]

export const SERVICES = ['crd', 'dtr', 'pas'] as const
export type PayerService = (typeof SERVICES)[number]

export interface Behavior {
  readonly delayMs: number
  readonly mode: FaultMode
  readonly services: readonly PayerService[]
  /** How many calls it still holds for; null for ever. */
  readonly times: number | null
  /** How often each notification is delivered. */
  readonly notificationCopies: number
}

export interface BehaviorSwitch {
  readonly current: () => Behavior
  readonly set: (change: Partial<Behavior>) => Behavior
  /** What the next call of this service meets; counts it. */
  readonly take: (service: PayerService) => { readonly delayMs: number; readonly mode: FaultMode }
}

/** Builds the switch, all well at first. */
export function createBehaviorSwitch(delayMs: number): BehaviorSwitch {
  let behavior: Behavior = { delayMs, mode: 'none', services: SERVICES, times: null, notificationCopies: 1 }
  return {
    current: () => behavior,
    set(change) {
      behavior = { ...behavior, ...change }
      return behavior
    },
    take(service) {
      const { mode, services, times, delayMs: delay } = behavior
      if (mode === 'none' || !services.includes(service)) return { delayMs: delay, mode: 'none' }
      if (times !== null)
        behavior = times <= 1 ? { ...behavior, mode: 'none', times: null } : { ...behavior, times: times - 1 }
      return { delayMs: delay, mode }
    },
  }
}
