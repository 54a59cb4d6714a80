/** The thread that judges other systems' messages (bundle-checks.ts): it parses and validates, and tells what is wrong. */
import { parentPort } from 'node:worker_threads'
import { describeError } from '../http/send-failure.ts'
import { profilesBy } from '../profiles.ts'
import { judgeBundle } from './bundle-check.ts'
import type { FromBundleThread, ToBundleThread } from './bundle-checks.ts'

const port = parentPort
if (port === null) throw new Error('This runs in a worker thread')
const send = (message: FromBundleThread): void => port.postMessage(message)
const profiles = profilesBy()

port.on('message', ({ id, ...asked }: ToBundleThread) => {
  try {
    send({ id, verdict: judgeBundle(profiles, asked) })
  } catch (error) {
    // Its message may quote the body.
    send({ id, bug: describeError(error).name })
  }
})
send('ready')
