/**
 * A small walker over rules written as data: cardinality, type, fixed values, required codes, choice types, extensions,
 * reference targets. Pure. Every fault comes with its FHIRPath. Elements without a rule pass: a receiver ignores what it
 * does not know (pas.md §1.1, spec-25).
 */

export type PasFault =
  | 'required'
  | 'too-many'
  | 'wrong-type'
  | 'wrong-value'
  | 'code-not-allowed'
  | 'not-allowed'
  | 'full-date-required'
  | 'reference-target'
  | 'reference-dangling'
  | 'reference-relative'
  | 'duplicate'
  | 'claim-first'
  | 'full-url'
  | 'npi-invalid'
  | 'quantity-unit'
  | 'self-relationship'
  | 'contact-required'
  | 'timing-incomplete'
  | 'level-of-service-required'
  | 'sequence-unknown'
  | 'modifier-unknown'
  | 'identifier-too-long'
  | 'too-deep'

export interface PasIssue {
  readonly severity: 'error'
  readonly reason: PasFault
  /** FHIRPath of the element at fault, or of the one that is missing. */
  readonly path: string
  readonly params?: Readonly<Record<string, string | number>>
}

export type Kind =
  | 'boolean'
  | 'code'
  | 'date'
  | 'dateTime'
  | 'decimal'
  | 'full-date'
  | 'instant'
  | 'integer'
  | 'positiveInt'
  | 'string'
  | 'CodeableConcept'
  | 'Period'
  | 'Reference'
  | 'object'

/** Codes of one system; without a list, the whole system. */
export interface CodeRule {
  readonly system: string
  readonly codes?: readonly string[]
}

export interface Rule {
  /** `name`, or `serviced[x]` with its `choices`. */
  readonly name: string
  readonly kind: Kind
  readonly min?: 1
  /** Elements that repeat in base FHIR are arrays even where a profile allows one only. */
  readonly repeats?: true
  readonly max?: number
  readonly fixed?: string | boolean
  /** Required binding: one coding at least must be of these. */
  readonly codes?: readonly CodeRule[]
  /** Types that a reference may resolve to. */
  readonly targets?: readonly string[]
  readonly children?: readonly Rule[]
  readonly extensions?: readonly ExtensionRule[]
  /** Types allowed for a choice element. */
  readonly choices?: readonly { readonly suffix: string; readonly kind: Kind }[]
}

export interface ExtensionRule {
  readonly url: string
  readonly min?: 1
  readonly max?: number
  /** Name of the value element, e.g. `valueString`; absent for one made of parts. */
  readonly value?: string
  readonly kind?: Kind
  readonly fixed?: string | boolean
  readonly codes?: readonly CodeRule[]
  readonly targets?: readonly string[]
  readonly parts?: readonly ExtensionRule[]
}

/** Finds what a reference points to; undefined where it dangles. Identifier-only references are not asked about. */
export type ResolveType = (reference: string) => string | undefined

interface Walk {
  readonly issues: PasIssue[]
  readonly typeOf: ResolveType
}

type Node = Readonly<Record<string, unknown>>

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const FULL_DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/
const DATE = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/
const TIME = /T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)([.]\d+)?(Z|[+-]\d{2}:\d{2})$/

const isInstant = (value: string): boolean => FULL_DATE.test(value.slice(0, 10)) && TIME.test(value.slice(10))

function isOfKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'boolean':
      return typeof value === 'boolean'
    case 'decimal':
      return typeof value === 'number' && Number.isFinite(value)
    case 'integer':
      return Number.isSafeInteger(value)
    case 'positiveInt':
      return Number.isSafeInteger(value) && Number(value) > 0
    case 'code':
    case 'string':
      return typeof value === 'string' && value.trim() !== ''
    case 'date':
      return typeof value === 'string' && DATE.test(value)
    case 'full-date':
      return typeof value === 'string' && FULL_DATE.test(value)
    case 'instant':
      return typeof value === 'string' && isInstant(value)
    case 'dateTime':
      return typeof value === 'string' && (DATE.test(value) || isInstant(value))
    case 'CodeableConcept':
    case 'Period':
    case 'Reference':
    case 'object':
      return isNode(value)
  }
}

/** Whether a CodeableConcept has a coding that a required binding allows. */
export function isCoded(concept: unknown, allowed: readonly CodeRule[]): boolean {
  const codings = isNode(concept) && Array.isArray(concept['coding']) ? (concept['coding'] as unknown[]) : []
  return codings.some(
    (coding) =>
      isNode(coding) &&
      typeof coding['code'] === 'string' &&
      allowed.some(
        ({ system, codes }) =>
          coding['system'] === system && (codes === undefined || codes.includes(coding['code'] as string)),
      ),
  )
}

function checkPeriod(period: Node, path: string, walk: Walk): void {
  for (const end of ['start', 'end'])
    if (period[end] !== undefined && !isOfKind(period[end], 'full-date'))
      walk.issues.push({ severity: 'error', reason: 'full-date-required', path: `${path}.${end}` })
}

function checkReference(reference: Node, targets: readonly string[], path: string, walk: Walk): void {
  const literal = reference['reference']
  if (typeof literal !== 'string') return
  const type = walk.typeOf(literal)
  if (type !== undefined && !targets.includes(type))
    walk.issues.push({
      severity: 'error',
      reason: 'reference-target',
      path,
      params: { type, allowed: targets.join(', ') },
    })
}

type Value = Pick<Rule, 'kind' | 'fixed' | 'codes' | 'targets'>

function checkValue(value: unknown, rule: Value, path: string, walk: Walk): boolean {
  if (!isOfKind(value, rule.kind)) {
    const reason = rule.kind === 'full-date' && typeof value === 'string' ? 'full-date-required' : 'wrong-type'
    walk.issues.push({ severity: 'error', reason, path, params: { expected: rule.kind } })
    return false
  }
  if (rule.fixed !== undefined && value !== rule.fixed)
    walk.issues.push({ severity: 'error', reason: 'wrong-value', path, params: { expected: String(rule.fixed) } })
  if (rule.codes !== undefined) {
    const allowed =
      rule.kind === 'CodeableConcept'
        ? isCoded(value, rule.codes)
        : rule.codes.some(({ codes }) => codes === undefined || codes.includes(String(value)))
    if (!allowed)
      walk.issues.push({
        severity: 'error',
        reason: 'code-not-allowed',
        path,
        params: { systems: rule.codes.map(({ system }) => system).join(', ') },
      })
  }
  const literal = rule.kind === 'Reference' && isNode(value) ? value['reference'] : undefined
  if (literal !== undefined && typeof literal !== 'string')
    walk.issues.push({
      severity: 'error',
      reason: 'wrong-type',
      path: `${path}.reference`,
      params: { expected: 'string' },
    })
  if (rule.kind === 'Period' && isNode(value)) checkPeriod(value, path, walk)
  if (rule.targets !== undefined && isNode(value)) checkReference(value, rule.targets, path, walk)
  return true
}

function checkCount(count: number, rule: { min?: 1; max?: number }, path: string, walk: Walk): void {
  if (count < (rule.min ?? 0)) walk.issues.push({ severity: 'error', reason: 'required', path })
  if (rule.max !== undefined && count > rule.max)
    walk.issues.push({ severity: 'error', reason: 'too-many', path, params: { max: rule.max } })
}

function checkExtensions(node: Node, rules: readonly ExtensionRule[], path: string, walk: Walk): void {
  const all = Array.isArray(node['extension']) ? (node['extension'] as unknown[]) : []
  for (const rule of rules) {
    const found = all
      .map((extension, index) => ({ extension, at: `${path}.extension[${index}]` }))
      .filter(({ extension }) => isNode(extension) && extension['url'] === rule.url)
    checkCount(found.length, { ...rule, max: rule.max ?? 1 }, `${path}.extension('${rule.url}')`, walk)
    for (const { extension, at } of found) {
      if (!isNode(extension)) continue
      if (rule.parts !== undefined) checkExtensions(extension, rule.parts, at, walk)
      if (rule.value === undefined) continue
      const value = extension[rule.value]
      if (value === undefined) walk.issues.push({ severity: 'error', reason: 'required', path: `${at}.${rule.value}` })
      else checkValue(value, { ...rule, kind: rule.kind ?? 'string' }, `${at}.${rule.value}`, walk)
    }
  }
}

/** A choice element: one of the allowed types, once. */
function checkChoice(node: Node, rule: Rule, path: string, walk: Walk): void {
  const stem = rule.name.replace('[x]', '')
  const pattern = new RegExp(`^${stem}[A-Z]`)
  const present = Object.keys(node).filter((name) => pattern.test(name) && node[name] !== undefined)
  const allowed = rule.choices ?? []
  for (const name of present) {
    const choice = allowed.find(({ suffix }) => name === `${stem}${suffix}`)
    if (choice === undefined) walk.issues.push({ severity: 'error', reason: 'not-allowed', path: `${path}.${name}` })
    else if (checkValue(node[name], { ...rule, kind: choice.kind }, `${path}.${name}`, walk) && isNode(node[name]))
      checkNode(node[name], rule, `${path}.${name}`, walk)
  }
  checkCount(present.length, { ...rule, max: 1 }, `${path}.${stem}`, walk)
}

function checkElement(node: Node, rule: Rule, path: string, walk: Walk): void {
  if (rule.name.endsWith('[x]')) return checkChoice(node, rule, path, walk)
  const value = node[rule.name]
  const at = `${path}.${rule.name}`
  if (value === undefined) return checkCount(0, rule, at, walk)
  if (rule.repeats !== true) {
    if (checkValue(value, rule, at, walk) && isNode(value)) checkNode(value, rule, at, walk)
    return
  }
  if (!Array.isArray(value)) {
    walk.issues.push({ severity: 'error', reason: 'wrong-type', path: at, params: { expected: 'array' } })
    return
  }
  checkCount(value.length, rule, at, walk)
  value.forEach((one: unknown, index) => {
    if (checkValue(one, rule, `${at}[${index}]`, walk) && isNode(one)) checkNode(one, rule, `${at}[${index}]`, walk)
  })
}

function checkNode(node: Node, rule: Pick<Rule, 'children' | 'extensions'>, path: string, walk: Walk): void {
  for (const child of rule.children ?? []) checkElement(node, child, path, walk)
  if (rule.extensions !== undefined) checkExtensions(node, rule.extensions, path, walk)
}

/** Judges a resource (or any element) by its rules; `path` is the FHIRPath at which it stands. */
export function checkRules(
  node: Node,
  rule: Pick<Rule, 'children' | 'extensions'>,
  path: string,
  typeOf: ResolveType,
): PasIssue[] {
  const issues: PasIssue[] = []
  checkNode(node, rule, path, { issues, typeOf })
  return issues
}
