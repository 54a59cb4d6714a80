/** The formats of FHIR's primitive types (R4 §2.24.0.1), as the official validator judges them. Pure. */
import { readNarrative } from './narrative.ts'

const DATE = /^([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$/
const DATE_TIME =
  /^([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])(T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)))?)?)?$/
const INSTANT =
  /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))$/
const TIME = /^([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const OID = /^[0-2](\.(0|[1-9][0-9]*))+$/
const ID = /^[A-Za-z0-9\-.]{1,64}$/
const CODE = /^[^\s]+(\s[^\s]+)*$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** The number that so many digits are; their form was checked. */
function digitsAt(text: string, from: number, count: number): number {
  let value = 0
  for (let at = from; at < from + count; at++) value = value * 10 + text.charCodeAt(at) - 48
  return value
}

/** Whether the day is one of its month. */
function isCalendarDay(text: string): boolean {
  if (text.length < 10) return true
  const day = digitsAt(text, 8, 2)
  if (day <= 28) return true
  const [year, month] = [digitsAt(text, 0, 4), digitsAt(text, 5, 2)]
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return day <= (month === 2 && !isLeap ? 28 : (DAYS[month - 1] ?? 0))
}

function uriFault(text: string): string | undefined {
  if (text.startsWith('oid:')) return 'Type_Specific_Checks_DT_URI_OID'
  if (text.startsWith('uuid:')) return 'Type_Specific_Checks_DT_URI_UUID'
  if (/\s/.test(text)) return 'Type_Specific_Checks_DT_URI_WS'
  if (text.startsWith('urn:uuid:') && !UUID.test(text.slice(9).replace(/[#|].*$/, '')))
    return 'Type_Specific_Checks_DT_UUID_Vaild'
  if (text.startsWith('urn:oid:')) {
    const oid = text.slice(8)
    if (!OID.test(oid) || !(oid.lastIndexOf('.') >= 4 || oid.startsWith('1.3')))
      return 'Type_Specific_Checks_DT_OID_Valid'
  }
  return undefined
}

const isAbsolute = (url: string): boolean => /^(urn:|[a-z][a-z0-9+.-]*:\/?\/?)/i.test(url)

/** Of a system: as the official validator sees it, which takes `mailto:x` or `URN:x` for a local reference. */
export const isHeldAbsolute = (url: string): boolean => /^(https?|urn):/.test(url)

/** How many bytes base64 text stands for; undefined where it is none. */
export function decodedLength(text: string): number | undefined {
  const bare = text.replace(/\s/g, '')
  if (!BASE64.test(bare)) return undefined
  return (bare.length / 4) * 3 - (bare.endsWith('==') ? 2 : bare.endsWith('=') ? 1 : 0)
}

function integerFault(value: number, type: string): string | undefined {
  if (!Number.isInteger(value) || Math.abs(value) > 2_147_483_647) return 'Type_Specific_Checks_DT_Integer_Valid'
  if (type === 'unsignedInt' && value < 0) return 'Type_Specific_Checks_DT_Integer_LT0'
  return type === 'positiveInt' && value < 1 ? 'Type_Specific_Checks_DT_Integer_LT1' : undefined
}

const WRONG_TYPE = {
  number: 'Type_Specific_Checks_DT_Integer_Valid',
  boolean: 'Type_Specific_Checks_DT_Boolean_Value',
  string: undefined,
}

const JSON_TYPES: Readonly<Record<string, 'boolean' | 'number'>> = {
  boolean: 'boolean',
  integer: 'number',
  positiveInt: 'number',
  unsignedInt: 'number',
  decimal: 'number',
}

/** The JSON type of a FHIR primitive. */
export function jsonTypeOf(type: string): 'boolean' | 'number' | 'string' {
  return JSON_TYPES[type] ?? 'string'
}

/** The message id of what is wrong with a primitive's value; undefined where nothing is. */
export function primitiveFault(value: unknown, type: string): string | undefined {
  if (typeof value === 'number') return type === 'decimal' ? undefined : integerFault(value, type)
  if (typeof value !== 'string') return type === 'boolean' ? undefined : WRONG_TYPE[jsonTypeOf(type)]
  const expected = jsonTypeOf(type)
  if (expected !== 'string')
    return expected === 'number' && !Number.isNaN(Number(value)) ? undefined : WRONG_TYPE[expected]
  if (value === '') return 'Type_Specific_Checks_DT_Primitive_NotEmpty'
  switch (type) {
    case 'date':
      return DATE.test(value) && isCalendarDay(value) ? undefined : 'Type_Specific_Checks_DT_Date_Valid'
    case 'dateTime':
      return DATE_TIME.test(value) && isCalendarDay(value) ? undefined : 'Type_Specific_Checks_DT_DateTime_Valid'
    case 'instant':
      return INSTANT.test(value) && isCalendarDay(value) ? undefined : 'Type_Specific_Checks_DT_DateTime_Regex'
    case 'time':
      return TIME.test(value) ? undefined : 'Type_Specific_Checks_DT_Time_Valid'
    case 'uri':
    case 'url':
      return uriFault(value)
    case 'canonical':
      return value.startsWith('#') || isAbsolute(value) ? uriFault(value) : 'TYPE_SPECIFIC_CHECKS_CANONICAL_ABSOLUTE'
    case 'oid':
      return value.startsWith('urn:oid:') ? uriFault(value) : 'Type_Specific_Checks_DT_OID_Start'
    case 'uuid':
      return value.startsWith('urn:uuid:') ? uriFault(value) : 'Type_Specific_Checks_DT_UUID_Strat'
    case 'id':
      return ID.test(value) ? undefined : 'Type_Specific_Checks_DT_ID_Valid'
    case 'code':
      return CODE.test(value) ? undefined : 'Type_Specific_Checks_DT_Code_WS'
    case 'xhtml':
      return readNarrative(value).isInNamespace ? undefined : 'XHTML_XHTML_NS_InValid'
    case 'base64Binary':
      return BASE64.test(value.replace(/\s/g, '')) ? undefined : 'Type_Specific_Checks_DT_Base64_Valid'
    default:
      return undefined
  }
}
