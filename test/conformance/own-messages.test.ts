/** All that we and the sandbox's payer write, in both versions, by our own validator: what the published packages forbid
 * themselves alone is tolerated. The official validator is asked in `official-validator.test.ts`. */
import { describe, expect, it } from 'vitest'
import { TOLERATED_CONTEXTS } from '../../src/domain/pas/published-package.ts'
import { validateMessage } from '../../src/domain/profile/validate.ts'
import { ownMessages } from '../support/own-messages.ts'
import { profileSet } from '../support/profile-set.ts'

describe.each(['pas-2.2.1', 'pas-2.0.1'] as const)('our own messages of %s', (guide) => {
  it.each(ownMessages(guide))('$name has no fault', ({ body }) => {
    const found = validateMessage(profileSet(guide), body, { toleratedContexts: TOLERATED_CONTEXTS })
    expect(found.filter(({ severity }) => severity === 'error')).toEqual([])
  })
})
