import { describe, expect, it } from 'vitest'
import { faultyDeclarations, readDeclarations, readInclude, usesAlias, withoutDeclarations } from './cql-source.ts'

const SOURCE = `// define "Not": one
library Gauge version '2.1'
using FHIR version '4.0.1'
include "Shared Parts" version '1.0' called Parts
valueset "Valves": 'urn:valves'
parameter order ServiceRequest
context Patient
/* define Neither: this */
define "Says define": 'define Nor: this'
define private: 1
define function "Twice"(x Integer): x * 2
define Tuples:
  {
    code: 'a',
    context: 'b'
  }
context Unfiltered
public define Last: Parts.Thing
`
const lineOf = (text: string): number => SOURCE.slice(0, SOURCE.indexOf(text)).split('\n').length
const semantic = (text: string, library: string | null = 'Gauge') => ({
  isSyntax: false,
  library,
  line: lineOf(text),
  column: 2,
})
const syntax = (line: number, column: number) => ({ isSyntax: true, library: null, line, column })
const names = (found: readonly { name: string }[] | null): string[] | null => found?.map(({ name }) => name) ?? null

describe('the declarations of a CQL source', () => {
  it('are told apart, whatever strings, comments and names of elements say', () => {
    expect(readDeclarations(SOURCE).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'library Gauge',
      'using FHIR',
      'include Shared Parts',
      'valueset Valves',
      'parameter order',
      'context Patient',
      'define Says define',
      'define private',
      'define Twice',
      'define Tuples',
      'context Unfiltered',
      'define Last',
    ])
  })

  it('a faulty one is made blank with its access, and the others stay in their lines', () => {
    const faulty = faultyDeclarations(SOURCE, [semantic('public define Last')]) ?? []
    const left = withoutDeclarations(SOURCE, faulty)
    expect(names(faulty)).toEqual(['Last'])
    expect(left.split('\n')).toHaveLength(SOURCE.split('\n').length)
    expect(left).toBe(SOURCE.replace('public define Last: Parts.Thing', (text) => ' '.repeat(text.length)))
  })

  it('an error in another library is that of the include', () => {
    const faulty = faultyDeclarations(SOURCE.replace('"Shared Parts"', 'acme.Shared'), [semantic('define', 'Shared')])
    expect(names(faulty)).toEqual(['acme.Shared'])
  })

  it('nothing can be spared of what a library cannot be without', () => {
    expect(faultyDeclarations(SOURCE, [semantic('using FHIR')])).toBeNull()
    expect(faultyDeclarations(SOURCE, [semantic('context Patient')])).toBeNull()
    expect(faultyDeclarations('', [syntax(1, 0)])).toBeNull()
  })

  it('where the grammar breaks, only the first place counts, and a define that did not end is the faulty one', () => {
    const source = 'library L\ndefine A: (1 +\ndefine B: 2\ndefine C: 3\n'
    expect(names(faultyDeclarations(source, [syntax(4, 8), syntax(3, 7), semantic('library')]))).toEqual(['A'])
    expect(names(faultyDeclarations(source, [syntax(3, 11)]))).toEqual(['B'])
    expect(names(faultyDeclarations(source, [syntax(99, 0)]))).toEqual(['C'])
  })

  it('of two defines of one name both are faulty, of overloaded functions only the one', () => {
    const source = 'library L\ndefine A: 1\ndefine A: 2\ndefine function F(x Integer): x\ndefine function F(x Foo): x\n'
    const at = (line: number) => ({ isSyntax: false, library: 'L', line, column: 0 })
    expect(names(faultyDeclarations(source, [at(3)]))).toEqual(['A', 'A'])
    expect(names(faultyDeclarations(source, [at(5)]))).toEqual(['F'])
  })

  it('an include says what it is called and what it includes', () => {
    const declarations = readDeclarations(SOURCE)
    const include = declarations.find(({ kind }) => kind === 'include')
    const last = declarations.at(-1)
    if (include === undefined || last === undefined) throw new Error('not read')
    expect(readInclude(SOURCE, include)).toEqual({ alias: 'Parts', name: 'Shared Parts|1.0' })
    expect(usesAlias(SOURCE, last, 'Parts')).toBe(true)
    expect(usesAlias(SOURCE, include, 'Part')).toBe(false)
    const bare = 'library L\ninclude acme.Core\n'
    const [, only] = readDeclarations(bare)
    if (only === undefined) throw new Error('not read')
    expect(readInclude(bare, only)).toEqual({ alias: 'Core', name: 'acme.Core' })
  })
})
