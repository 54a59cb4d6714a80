/**
 * Gathers chart accesses and writes them in batches, so that no read waits for the log. `flush` is called at shutdown; a
 * batch that cannot be written is tried again with the next one, up to a bound, and the loss is reported.
 */
import type { AccessLogRow } from '../store/repositories/access-log.ts'
import type { ChartAccess } from './ehr-fhir.ts'

const FLUSH_AFTER_MS = 100
const MAX_WAITING = 10_000

/** Whose chart, by whom. A payer reading through the façade is a user of the form `payer:<id>`. */
export interface ChartReader {
  readonly tenant: string
  readonly userId: string | null
  readonly launchId: string | null
  readonly patientId: string
}

export interface AccessLogWriter {
  forChart(reader: ChartReader): (access: ChartAccess) => void
  flush(): Promise<void>
}

export interface AccessLogWriterDeps {
  readonly write: (rows: readonly AccessLogRow[]) => Promise<void>
  readonly now: () => string
  readonly newId: () => string
  readonly onFailure: (error: unknown, waiting: number) => void
}

/** Builds the writer; its timer never keeps the process alive. */
export function createAccessLogWriter(deps: AccessLogWriterDeps): AccessLogWriter {
  let waiting: AccessLogRow[] = []
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const writeBatch = async (): Promise<void> => {
    const batch = waiting
    waiting = []
    if (batch.length === 0) return
    try {
      await deps.write(batch)
    } catch (error) {
      waiting = [...batch, ...waiting].slice(-MAX_WAITING)
      deps.onFailure(error, waiting.length)
    }
  }
  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(writeBatch)
    return writing
  }

  return {
    forChart: (reader) => (access) => {
      waiting.push({
        tenant: reader.tenant,
        id: deps.newId(),
        at: deps.now(),
        userId: reader.userId,
        launchId: reader.launchId,
        caseId: access.purpose.caseId,
        patientId: reader.patientId,
        action: access.action,
        resourceType: access.resourceType,
        reference: access.reference,
        neededBy: access.purpose.neededBy,
        outcome: access.outcome,
        count: access.count,
      })
      timer ??= setTimeout(() => void flush(), FLUSH_AFTER_MS).unref()
    },
    flush,
  }
}
