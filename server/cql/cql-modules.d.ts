// What is used of cql-execution and cql-exec-fhir beyond their own declarations.
declare module 'cql-execution/lib/util/immutableUtil.js' {
  const exported: { toNormalizedKey: (value: unknown) => unknown }
  export { exported as default }
}
declare module 'cql-execution/lib/util/comparison.js' {
  const exported: {
    equals: (a: unknown, b: unknown) => boolean | null
    equivalent: (a: unknown, b: unknown) => boolean | null
  }
  export { exported as default }
}
declare module 'cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.0.xml.js' {
  const xml: string
  export { xml as default }
}
declare module 'cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.1.xml.js' {
  const xml: string
  export { xml as default }
}
declare module 'cql-execution/lib/elm/expressions.js' {
  const exported: Readonly<Record<string, unknown>>
  export { exported as default }
}
declare module 'cql-execution/lib/elm/query.js' {
  const exported: { SortClause: { prototype: { sort: (context: never, values: never) => Promise<unknown[]> } } }
  export { exported as default }
}
