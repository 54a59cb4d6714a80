/** The shipped rule tables, loaded once for a test file. */
import { loadProfileSet } from '../../server/profiles.ts'
import type { ProfileSet } from '../../src/domain/profile/profile-set.ts'

const loaded = new Map<string, ProfileSet>()

export function profileSet(guide: string): ProfileSet {
  const known = loaded.get(guide) ?? loadProfileSet(guide)
  if (known === undefined) throw new Error(`no tables for ${guide}`)
  loaded.set(guide, known)
  return known
}
