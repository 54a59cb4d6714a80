/**
 * Whether one resource meets one search criterion (R4 search §3.1.1.4): tokens, references, dates with prefixes over
 * periods, strings. Pure.
 */
import { err, ok, type Result } from '#domain/result.ts'
import { isObject, readPath, type StoredResource } from '../resource.ts'
import type { SearchParameter } from './search-parameters.ts'

/** Why a criterion cannot be judged; goes to the OperationOutcome. */
export interface CriterionFault {
  readonly text: string
}

export type Matcher = (resource: StoredResource) => boolean

/** Builds the test for `name[:modifier]=value[,value…]`. */
export function buildMatcher(
  parameter: SearchParameter,
  name: string,
  modifier: string | null,
  value: string,
  baseUrl: string,
): Result<Matcher, CriterionFault> {
  if (value === '') return err({ text: `${name} has no value` })
  const valuesOf = (resource: StoredResource): readonly unknown[] =>
    parameter.paths.flatMap((path) => readPath(resource, path))
  if (modifier === 'missing') {
    if (value !== 'true' && value !== 'false') return err({ text: `${name}:missing takes true or false` })
    return ok((resource) => (valuesOf(resource).length === 0) === (value === 'true'))
  }
  const tests: Test[] = []
  for (const part of splitEscaped(value, ',')) {
    const test = buildTest(parameter, name, modifier, part, baseUrl)
    if (!test.ok) return test
    tests.push(test.value)
  }
  const negated = parameter.kind === 'token' && modifier === 'not'
  return ok((resource) => valuesOf(resource).some((found) => tests.some((test) => test(found))) !== negated)
}

type Test = (value: unknown) => boolean

function buildTest(
  parameter: SearchParameter,
  name: string,
  modifier: string | null,
  value: string,
  baseUrl: string,
): Result<Test, CriterionFault> {
  const unsupported = err({ text: `${name}:${modifier ?? ''} is not supported` })
  switch (parameter.kind) {
    case 'token':
      if (modifier === 'text') return ok((found) => readTokenText(found).some((text) => startsWithFolded(text, value)))
      return modifier === null || modifier === 'not' ? ok(buildTokenTest(value)) : unsupported
    case 'reference':
      return modifier === null || /^[A-Z]/.test(modifier)
        ? ok(buildReferenceTest(value, modifier ?? parameter.target, baseUrl))
        : unsupported
    case 'date':
      return modifier === null ? buildDateTest(name, value) : unsupported
    case 'uri':
      return modifier === null ? ok((found) => found === value || stripVersion(found) === value) : unsupported
    case 'string':
      if (modifier === null) return ok((found) => typeof found === 'string' && startsWithFolded(found, value))
      if (modifier === 'exact') return ok((found) => found === value)
      return modifier === 'contains'
        ? ok((found) => typeof found === 'string' && fold(found).includes(fold(value)))
        : unsupported
  }
}

/** `code`, `system|code`, `|code` (no system), `system|`. */
function buildTokenTest(value: string): Test {
  const parts = splitEscaped(value, '|')
  const [system, code] = parts.length === 1 ? [undefined, parts[0]] : [parts[0], parts[1]]
  return (found) =>
    readTokens(found).some(
      (token) =>
        (system === undefined || (system === '' ? token.system === undefined : token.system === system)) &&
        (code === '' || code === undefined || token.code === code),
    )
}

interface Token {
  readonly system?: string | undefined
  readonly code: string
}

function readTokens(value: unknown): readonly Token[] {
  if (typeof value === 'string' || typeof value === 'boolean') return [{ code: String(value) }]
  if (!isObject(value)) return []
  const codings = readPath(value, 'coding')
  if (codings.length > 0) return codings.flatMap(readTokens)
  const code = value['code'] ?? value['value']
  const system = value['system']
  return typeof code === 'string' ? [{ code, system: typeof system === 'string' ? system : undefined }] : []
}

function readTokenText(value: unknown): readonly string[] {
  return ['text', 'display', 'coding.display']
    .flatMap((path) => readPath(value, path))
    .filter((text): text is string => typeof text === 'string')
}

function buildReferenceTest(value: string, target: string | undefined, baseUrl: string): Test {
  const relative = value.startsWith(`${baseUrl}/`) ? value.slice(baseUrl.length + 1) : value
  const wanted = relative.includes('/') || target === undefined ? relative : `${target}/${relative}`
  return (found) => {
    const reference = isObject(found) ? found['reference'] : undefined
    if (typeof reference !== 'string') return false
    const local = reference.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference
    const bare = local.replace(/\/_history\/.*$/, '')
    return bare === wanted || (!wanted.includes('/') && bare.endsWith(`/${wanted}`))
  }
}

/** Both ends of what a date of any precision covers, in milliseconds; a zone-less one is read as UTC. */
export function readDateRange(value: unknown): readonly [number, number] | undefined {
  if (isObject(value)) {
    const start = readDateRange(value['start'])
    const end = readDateRange(value['end'])
    if (start === undefined && end === undefined) return undefined
    return [start?.[0] ?? -Infinity, end?.[1] ?? Infinity]
  }
  if (typeof value !== 'string') return undefined
  const match = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(T.+)?)?)?$/.exec(value)
  if (!match) return undefined
  const [, year = '', month, day, time] = match
  if (time !== undefined) {
    const at = Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(value) ? value : `${value}Z`)
    return Number.isNaN(at) ? undefined : [at, at + (value.includes('.') ? 0 : 999)]
  }
  const start = Date.UTC(Number(year), month === undefined ? 0 : Number(month) - 1, day === undefined ? 1 : Number(day))
  const end =
    day !== undefined
      ? start + 86_400_000
      : month !== undefined
        ? Date.UTC(Number(year), Number(month), 1)
        : Date.UTC(Number(year) + 1, 0, 1)
  return [start, end - 1]
}

function buildDateTest(name: string, value: string): Result<Test, CriterionFault> {
  const match = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(\d.*)$/.exec(value)
  const asked = readDateRange(match?.[2])
  if (match === null || asked === undefined) return err({ text: `${name}: ${value} is not a date with a known prefix` })
  const [from, to] = asked
  const prefix = match[1] ?? 'eq'
  return ok((found) => {
    const range = readDateRange(found)
    if (range === undefined) return false
    const [start, end] = range
    switch (prefix) {
      case 'ne':
        return start < from || end > to
      case 'gt':
        return end > to
      case 'lt':
        return start < from
      case 'ge':
        return end > to || (start >= from && end <= to)
      case 'le':
        return start < from || (start >= from && end <= to)
      case 'sa':
        return start > to
      case 'eb':
        return end < from
      case 'ap':
        return end >= from - 86_400_000 && start <= to + 86_400_000
      default:
        return start >= from && end <= to
    }
  })
}

/** Splits at a separator that no backslash escapes (R4 search, escaping), and unescapes what is left. */
export function splitEscaped(value: string, separator: ',' | '|'): readonly string[] {
  const parts = ['']
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at)
    if (character === '\\' && at + 1 < value.length) {
      at += 1
      // An escaped pipe must stay escaped for the split at pipes that follows the one at commas.
      const kept = separator === ',' && value.charAt(at) !== ',' ? `\\${value.charAt(at)}` : value.charAt(at)
      parts.push((parts.pop() ?? '') + kept)
    } else if (character === separator) parts.push('')
    else parts.push((parts.pop() ?? '') + character)
  }
  return parts
}

const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
const startsWithFolded = (text: string, start: string): boolean => fold(text).startsWith(fold(start))
const stripVersion = (canonical: unknown): unknown =>
  typeof canonical === 'string' ? canonical.replace(/\|.*$/, '') : canonical
