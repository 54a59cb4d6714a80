/** Fills a payer's advertised prefetch by asking the payer's own façade view, layer by layer, within a time limit. */
import { buildPrefetchQuery, planPrefetch, type PrefetchScope } from '#domain/crd/prefetch-query.ts'
import type { JsonObject } from '#domain/crd/json.ts'
import type { TemplatePart } from '#domain/crd/prefetch-template.ts'
import type { FacadeView } from './facade-view.ts'

/** What is not there by then is left out: the payer reads it through the façade. */
const TIME_LIMIT_MS = 1_500

const LEFT_OUT = Symbol('left out')

function isBundleWithout(value: unknown): boolean {
  const bundle = value as { resourceType?: string; entry?: unknown } | null
  return bundle?.resourceType === 'Bundle' && bundle.entry === undefined
}

async function fillOne(parts: readonly TemplatePart[], scope: PrefetchScope, view: FacadeView): Promise<unknown> {
  const built = buildPrefetchQuery(parts, scope)
  if (!built.ok) return LEFT_OUT
  if (built.value.kind === 'empty') return null
  const [path = '', query = ''] = built.value.query.split('?')
  if (path.includes('/')) {
    const read = await view.read(path)
    return read.ok ? read.value : read.error.reason === 'not-found' ? null : LEFT_OUT
  }
  const found = await view.search(path, query)
  return found.ok ? found.value : LEFT_OUT
}

export interface PrefetchFillerInput {
  readonly templates: Readonly<Record<string, string>>
  readonly context: JsonObject
  readonly today: string
  readonly view: FacadeView
  /** Strict services take an object or nothing: no null, no Bundle without entries. */
  readonly omitEmpty: boolean
}

/** Values by key; a key without data is null, one that could not be filled is absent. */
export async function fillPrefetch(input: PrefetchFillerInput): Promise<Record<string, unknown>> {
  const results: Record<string, unknown> = {}
  const late = new Promise<typeof LEFT_OUT>((resolve) => setTimeout(() => resolve(LEFT_OUT), TIME_LIMIT_MS).unref())
  for (const layer of planPrefetch(input.templates).layers) {
    const scope = { context: input.context, results: { ...results }, today: input.today }
    const filled = await Promise.all(
      layer.map(
        async ({ key, parts }) => [key, await Promise.race([fillOne(parts, scope, input.view), late])] as const,
      ),
    )
    for (const [key, value] of filled) if (value !== LEFT_OUT) results[key] = value
  }
  if (!input.omitEmpty) return results
  return Object.fromEntries(Object.entries(results).filter(([, value]) => value !== null && !isBundleWithout(value)))
}
