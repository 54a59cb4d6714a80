/**
 * Writes down every message that passes the sandbox: what came in, what went out. `npm run scenarios` turns the record
 * into files. It holds synthetic data only, in memory, bounded.
 */
export interface RecordedMessage {
  readonly time: string
  readonly from: string
  readonly to: string
  /** `fhir`: a body that is a FHIR resource; `cds-hooks` and `oauth`: everything else that matters. */
  readonly kind: 'fhir' | 'cds-hooks' | 'oauth'
  readonly method: string
  readonly url: string
  readonly direction: 'request' | 'response'
  readonly status: number | null
  readonly contentType: string | null
  readonly body: string
}

const LIMIT = 20_000

export interface Recorder {
  record(message: RecordedMessage): void
  /** Takes everything recorded since the last drain. */
  drain(): RecordedMessage[]
}

export function createRecorder(): Recorder {
  let messages: RecordedMessage[] = []
  return {
    record(message) {
      if (messages.length < LIMIT) messages.push(message)
    },
    drain() {
      const taken = messages
      messages = []
      return taken
    },
  }
}
