/** How long a validation takes, beside the official validator in the same run: {cases, load_ms}. */
import type { Bundle, Claim } from 'fhir/r4'
import { loadProfileSet } from '../server/profiles.ts'
import { validateMessage } from '../src/domain/profile/validate.ts'
import { readSharedPackage } from '../test/support/shared-data.ts'
import { median } from './median.ts'
import { hasOfficialValidator, openOfficialValidator } from '../test/support/official-validator.ts'

const RUNS = 500
/** The official validator takes seconds for a large Bundle: it is measured for so long, warmed up for half of it. */
const OFFICIAL_MS = 12_000
const FEWEST = 3

/** The request with lines until it has a size. */
function grown(bundle: Bundle, bytes: number): Bundle {
  const grow = structuredClone(bundle)
  const claim = grow.entry?.[0]?.resource as Claim
  const [first] = claim.item ?? []
  while (first !== undefined && JSON.stringify(grow).length < bytes)
    claim.item?.push({ ...structuredClone(first), sequence: (claim.item.length ?? 0) + 1 })
  return grow
}

/** The median of so many runs, or of as many as fit into the time. */
const timed = async (work: () => unknown, most: number, withinMs = Number.POSITIVE_INFINITY): Promise<number> => {
  const times: number[] = []
  const until = performance.now() + withinMs
  while (times.length < most && (times.length < FEWEST || performance.now() < until)) {
    const started = performance.now()
    await work()
    times.push(performance.now() - started)
  }
  return median(times)
}

const round = (value: number): number => Math.round(value * 1000) / 1000

export async function runValidate(): Promise<object> {
  const started = performance.now()
  const set = loadProfileSet('pas-2.2.1')
  const loadMs = performance.now() - started
  const [referral] = readSharedPackage(
    'hl7.fhir.us.davinci-pas-2.2.1',
    'package/example/Bundle-ReferralAuthorizationBundleExample',
  ).values()
  if (set === undefined || referral === undefined) return { skipped: 'needs ../shared/data/fhir-packages' }
  const official = hasOfficialValidator() ? await openOfficialValidator('pas-2.2.1') : undefined
  const cases: object[] = []
  for (const bundle of [referral as Bundle, grown(referral as Bundle, 60_000)]) {
    const body = JSON.stringify(bundle)
    await timed(() => validateMessage(set, bundle), RUNS)
    const precert = await timed(() => validateMessage(set, bundle), RUNS)
    const askOfficial = (): unknown => official?.validate(body)
    if (official !== undefined) await timed(askOfficial, RUNS, OFFICIAL_MS / 2)
    const theirs = official === undefined ? null : await timed(askOfficial, RUNS, OFFICIAL_MS)
    cases.push({
      bytes: body.length,
      precert_ms: round(precert),
      official_ms: theirs === null ? null : round(theirs),
      ratio: theirs === null ? null : Math.round(theirs / precert),
    })
  }
  await official?.stop()
  return { cases, load_ms: round(loadMs) }
}
