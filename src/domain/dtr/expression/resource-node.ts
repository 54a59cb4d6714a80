/** fhirpath's own nodes, as far as they are used here: a value, where it stands, and what the model knows it by. */

/** What fhirpath's ResourceNode offers and is used here. */
export interface ResourceNode {
  readonly parentResNode: ResourceNode | null
  readonly propName: string | null | undefined
  readonly index: number | null | undefined
  readonly data: unknown
  readonly path: string | null
  readonly _data: unknown
  readonly fhirNodeDataType: string | null
}

export function isNode(value: unknown): value is ResourceNode {
  return typeof value === 'object' && value !== null && 'parentResNode' in value
}

/** Below a node that the model does not know, it knows nothing: `?` is the name of no type. */
export const pathOf = ({ path }: ResourceNode): string => path ?? '?'

/** Not a number, which fhirpath wraps, nor an element with extensions of its own. */
export const isJson = ({ data, _data }: ResourceNode): boolean =>
  _data === null && (typeof data !== 'object' || data === null || Object.getPrototypeOf(data) === Object.prototype)
