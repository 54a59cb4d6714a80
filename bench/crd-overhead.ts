/** What Precert adds to a payer's own time in a CDS Hooks call, read from the sandbox's record of both calls. */
import type { RecordedMessage } from '../sandbox/recorder.ts'
import { median } from './median.ts'
import type { RunningSandbox } from './running-sandbox.ts'

const HOOKS = 25
/** A server that has been up for a while: the first calls compile what the later ones run. */
const WARM_UP = 20
const PATIENT = 'maya-okafor'

/** Median over the hooks of (the EHR's wait for Precert − the payer's time for Precert's call), in ms. */
export async function measureCrdOverhead({ control }: RunningSandbox): Promise<number> {
  const overheads: number[] = []
  for (let turn = 0; turn < WARM_UP + HOOKS; turn++) {
    await control('orders', { patientId: PATIENT, template: 'infliximab-infusion' })
    await control('record')
    await control('sign', { patientId: PATIENT })
    const { messages } = await control<{ messages: readonly RecordedMessage[] }>('record')
    const whole = spanOf(messages, (message) => message.from === 'ehr' && message.to === 'precert', 'ehr')
    const payer = spanOf(messages, (message) => message.from === 'precert' && message.to !== 'ehr', 'precert')
    if (turn >= WARM_UP) overheads.push(whole - payer)
  }
  return median(overheads)
}

/** Milliseconds between the request of one call of the order-sign hook and its answer. */
function spanOf(
  messages: readonly RecordedMessage[],
  isRequest: (message: RecordedMessage) => boolean,
  caller: string,
): number {
  const isHook = ({ kind, method, url }: RecordedMessage): boolean =>
    kind === 'cds-hooks' && method === 'POST' && /\/cds-services\/[^/]*sign[^/]*$/.test(url)
  const request = messages.find((message) => message.direction === 'request' && isHook(message) && isRequest(message))
  const answer = messages.find(
    (message) =>
      message.direction === 'response' && isHook(message) && message.to === caller && message.url === request?.url,
  )
  if (request === undefined || answer === undefined) throw new Error('The record holds no whole hook')
  return Date.parse(answer.time) - Date.parse(request.time)
}
