/**
 * cql-execution makes nothing of an operator that it does not know, and a rule would quietly be null. Such nodes are given
 * the type of one that it knows and refuses to run: then whoever comes upon it fails, and says so.
 */
import expressions from 'cql-execution/lib/elm/expressions.js'
import { walkElm, type ElmLibrary, type ElmNode } from '#domain/dtr/elm.ts'

const REFUSED = 'Times'

/** Changes the library in place: it is this thread's own copy. */
export function refuseUnknownOperators(library: Pick<ElmLibrary, 'statements'>): void {
  for (const { expression } of library.statements?.def ?? [])
    walkElm(expression, (node) => {
      const { type } = node
      if (type === undefined || type in expressions || type.endsWith('TypeSpecifier') || type === 'Null') return
      ;(node as { -readonly [Field in keyof ElmNode]: ElmNode[Field] }).type = REFUSED
    })
}
