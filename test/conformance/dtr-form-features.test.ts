/**
 * Every row of DTR's tables of questionnaire elements and extensions, in each version that has it, and what the engine does
 * with it: an assertion for each row, in each of its versions. What is drawn of them: `form-rules.test.tsx`, `controls.test.tsx`.
 */
import { describe, expect, it } from 'vitest'
import { isAdaptive } from '#domain/dtr/adaptive/adaptive.ts'
import { DTR_VERSIONS } from '#domain/dtr/package/dtr-version.ts'
import { FEATURE_CHECKS, type Subject } from '../support/dtr-form-checks.ts'
import { FEATURE_ROWS, isUsed } from '../support/dtr-form-rows.ts'
import { adaptiveForm, fillForm, mustSupportForm } from '../support/must-support-form.ts'

const SUBJECTS: readonly Subject[] = await Promise.all(
  DTR_VERSIONS.map(async (version) => {
    const form = mustSupportForm(version)
    const { state } = await fillForm(form)
    return { version, form, adaptive: adaptiveForm(version), state }
  }),
)

describe('the list of rows', () => {
  it('has an assertion for each, and no assertion names another', () => {
    const names = FEATURE_ROWS.map(({ name }) => name)
    expect(names.filter((name) => !(name in FEATURE_CHECKS))).toEqual([])
    expect(Object.keys(FEATURE_CHECKS).filter((name) => !names.includes(name))).toEqual([])
    expect(new Set(names).size).toBe(names.length)
  })
})

describe.each(SUBJECTS)('DTR $version', (subject) => {
  const { version, form, adaptive } = subject
  const rows = FEATURE_ROWS.filter(({ versions }) => versions.includes(version))

  it('has a form of ours that uses every row, and none of another version', () => {
    const foreign = FEATURE_ROWS.filter((row) => row.of !== 'standard' || !rows.includes(row))
    expect(rows.filter((row) => row.of === 'standard' && !isUsed(form, row)).map(({ name }) => name)).toEqual([])
    expect(foreign.filter((row) => isUsed(form, row)).map(({ name }) => name)).toEqual([])
    expect(isAdaptive(adaptive)).toBe(true)
  })

  const checked = rows.flatMap(({ name }) => {
    const check = FEATURE_CHECKS[name]
    return check === undefined ? [] : [{ name, check }]
  })
  it.each(checked)('$name', ({ check }) => {
    check(subject)
  })
})
