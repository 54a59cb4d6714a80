import fc from 'fast-check'
import fhirpath from 'fhirpath'
import { describe, expect, it } from 'vitest'
import { parseFhirpath } from './fhirpath-parser.ts'
import type { SyntaxNode } from './fhirpath-syntax.ts'

/** Parts whose insides nobody reads, and wrappers whose text repeats their content. */
const LEAVES = new Set(['ExternalConstantTerm', 'TypeSpecifier', 'QuantityLiteral'])
const WRAPPERS = new Set(['TermExpression', 'InvocationExpression'])

interface Shape {
  readonly type: string
  readonly text: string | undefined
  readonly delimitedText: string | undefined
  readonly children: readonly Shape[]
}

function shapeOf({ type, text, delimitedText, children }: SyntaxNode): Shape {
  return {
    type,
    text: WRAPPERS.has(type) ? undefined : text,
    delimitedText,
    children: LEAVES.has(type) ? [] : (children ?? []).map(shapeOf),
  }
}

const theirs = (text: string): SyntaxNode => fhirpath.parse(text) as SyntaxNode

const KNOWN = [
  "%w.entry.resource.where(code.coding.exists(system = 'http://loinc.org' and code='4548-4')).value.ofType(Quantity)",
  'a + b * c - d div e mod f & g',
  '-a.b + +c',
  'a is FHIR.Quantity and b as Coding | c',
  '(a | b).count() >= 2 or x xor y implies z and w',
  "code in ('A' | 'B') and ('C' contains code)",
  "a !~ b != c ~ d = 'it\\'s \\\\ \\u0041'",
  'today() - 6 months > @2026-11 and @T10:30 < now() and @2026-11-28T10:00:00.000+02:00 = x',
  "iif(x.exists(), 4 'mg', {})",
  'a[0].b[c.count() - 1].`odd name`.$this.where($index > 0 and $total = 1)',
  "%`odd name`.x + %'quoted name' + %plain",
  'sort(-effective desc, id asc).first()',
  'item /* inside */ .where(linkId = 1.50) // to the end',
  'contains.in.is.as.sort.asc.desc',
  'true and false',
  "true.not() = 'x'.matches('^[A-Z]+$')",
]
const WRONG = [
  "where('",
  'a..b',
  'a and',
  '(a',
  'a b',
  'x.where(y',
  "'\\q'",
  'a.div',
  '1L',
  'Coding { code: 1 }',
  '',
  'a ! b',
  '#',
]

describe('reading FHIRPath', () => {
  it.each(KNOWN)("gives the tree that fhirpath's parser gives: %s", (text) => {
    const tree = parseFhirpath(text)
    expect(tree).not.toBeNull()
    if (tree !== null) expect(shapeOf(tree)).toEqual(shapeOf(theirs(text)))
  })

  it.each(WRONG)('is not sure of %j', (text) => {
    expect(parseFhirpath(text)).toBeNull()
  })

  it('says where in the text each part stands', () => {
    const text = "a.where( b = 'c' ) .d"
    const [inner] = parseFhirpath(text)?.children ?? []
    const [chain] = inner?.children ?? []
    const [left] = chain?.children ?? []
    expect(text.slice(left?.from, left?.to)).toBe("a.where( b = 'c' )")
  })

  it('agrees with it on anything made of pieces of FHIRPath', () => {
    const piece = fc.constantFrom(
      ...['a', 'Coding', '%x', "'s'", '1', '2.5', '.', '.', '(', ')', '[', ']', 'and', 'or', '=', '~', '|', '+', '-'],
      ...['is', 'in', 'where(', 'exists()', ',', '@2026', '$this', 'days', '{', '}', '/*', '*/', '`b`', 'sort(', 'asc'],
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom('', ' '), (pieces, between) => {
        const text = pieces.join(between)
        const tree = parseFhirpath(text)
        // What it is not sure of is not wrong: their parser is asked then.
        if (tree !== null) expect(shapeOf(tree)).toEqual(shapeOf(theirs(text)))
      }),
      { numRuns: 3000 },
    )
  })
})
