import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { cqlIdOf, isCql, readCompiled, readLegacyCql } from './language.ts'

describe('telling CQL from other languages', () => {
  it.each(['text/cql', 'text/cql-expression', 'text/cql-identifier', 'application/elm+json'])(
    '%s is CQL',
    (language) => {
      expect(isCql({ language, expression: 'X' })).toBe(true)
    },
  )

  it.each(['text/fhirpath', 'application/x-fhir-query', 'text/sql'])('%s is not', (language) => {
    expect(isCql({ language, expression: 'X' })).toBe(false)
  })

  it.each([EXT.alternativeExpression, EXT.usPublicHealthAlternativeExpression, EXT.cqfAlternativeExpression])(
    'the ELM beside an expression is found (%s)',
    (url) => {
      const compiled = { language: 'application/elm+json', expression: '{"library":{}}' }
      const expression = {
        language: 'text/cql',
        expression: 'Today()',
        extension: [{ url, valueExpression: compiled }],
      }
      expect(readCompiled(expression)).toBe('{"library":{}}')
      expect(cqlIdOf(expression)).not.toBe(cqlIdOf({ language: 'text/cql', expression: 'Today()' }))
    },
  )

  it('the same words are the same evaluation, in whichever language they say they are', () => {
    expect(cqlIdOf({ language: 'text/cql', expression: ' "A".B ' })).toBe(
      cqlIdOf({ language: 'text/cql-identifier', expression: '"A".B' }),
    )
  })

  it('a legacy extension holds an Expression or bare CQL', () => {
    const own = { language: 'text/cql', expression: 'A' }
    expect(readLegacyCql({ extension: [{ url: EXT.cqfExpression, valueExpression: own }] }, EXT.cqfExpression)).toBe(
      own,
    )
    expect(readLegacyCql({ extension: [{ url: EXT.cqfExpression, valueString: 'A' }] }, EXT.cqfExpression)).toEqual(own)
    expect(readLegacyCql({ extension: [] }, EXT.cqfExpression)).toBeNull()
  })
})
