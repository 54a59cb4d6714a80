/** `is`, `as` and `ofType` on values whose type is known from their name, their resourceType or their JSON. Pure. */
import { isJson, type Item } from './item.ts'

const PARENTS: Readonly<Record<string, string>> = {
  code: 'string',
  id: 'string',
  markdown: 'string',
  url: 'uri',
  canonical: 'uri',
  uuid: 'uri',
  oid: 'uri',
  positiveInt: 'integer',
  unsignedInt: 'integer',
  Age: 'Quantity',
  Count: 'Quantity',
  Distance: 'Quantity',
  Duration: 'Quantity',
}
/** System types, with the FHIR types that they stand for. */
const SYSTEM: Readonly<Record<string, readonly string[]>> = {
  String: ['string', 'uri', 'code', 'id', 'markdown', 'url', 'canonical', 'uuid', 'oid', 'base64Binary'],
  Boolean: ['boolean'],
  Integer: ['integer', 'positiveInt', 'unsignedInt'],
  Decimal: ['decimal'],
  Date: ['date'],
  DateTime: ['dateTime', 'instant'],
  Time: ['time'],
}

function guess({ value, type }: Item): string | undefined {
  if (isJson(value) && typeof value['resourceType'] === 'string') return value['resourceType']
  if (type !== undefined) return type
  if (typeof value === 'boolean') return 'boolean'
  return typeof value === 'string' ? 'string' : undefined
}

/** Whether an item is of a type, or of one that derives from it. */
export function isOfType(item: Item, wanted: string): boolean {
  const name = wanted.replace(/^FHIR[.]/, '')
  const own = guess(item)
  if (own === undefined) return false
  if (own.startsWith('System.'))
    return own === name || own === `System.${name}` || own === `System.${name.charAt(0).toUpperCase()}${name.slice(1)}`
  for (let type: string | undefined = own; type !== undefined; type = PARENTS[type]) if (type === name) return true
  if (name === 'Resource') return isJson(item.value) && item.value['resourceType'] !== undefined
  return (SYSTEM[name.replace(/^System[.]/, '')] ?? []).includes(own)
}
