/**
 * Reads a folder of FHIR Bundles that nobody here wrote: plain or gzipped, transaction or collection. Resources stay as they
 * are but for ids that are missing and references that name a Bundle entry, which become `Type/id`. What cannot be taken is
 * named, never dropped silently.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { err, ok, type Result } from '#domain/result.ts'
import { RESOURCE_TYPES } from './fhir/search-parameters.ts'
import { isObject, isResource, readPath, readText, type AnyResource } from './resource.ts'

export type ChartResource = AnyResource & { readonly id: string }

export interface ChartFiles {
  readonly resources: readonly ChartResource[]
  readonly patientIds: readonly string[]
  /** One sentence for each thing that was left out or does not fit. */
  readonly problems: readonly string[]
}

interface Loaded {
  readonly file: string
  readonly original: AnyResource
  readonly resource: ChartResource
  readonly fullUrl: string | undefined
}

const BUNDLE_TYPES = new Set(['transaction', 'batch', 'collection', 'searchset', 'document'])

/** Reads every Bundle of a folder, its subfolders included. Throws only where the folder itself cannot be read. */
export function readChartFiles(directory: string): ChartFiles {
  const problems: string[] = []
  const loaded: Loaded[] = []
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  for (const path of files) {
    const file = path.slice(directory.length).replace(/^[/\\]/, '')
    const bundle = readBundle(path)
    if (bundle.ok) loaded.push(...listEntries(file, bundle.value, problems))
    else problems.push(`${file}: ${bundle.error}`)
  }
  const kept = dropRepeated(loaded, problems)
  const resources = linkReferences(kept, loaded, problems)
  problems.push(...listUnservedTypes(resources))
  const patientIds = resources.filter(({ resourceType }) => resourceType === 'Patient').map(({ id }) => id)
  return { resources, patientIds, problems }
}

function readBundle(path: string): Result<AnyResource, string> {
  if (!/\.json(\.gz)?$/.test(path)) return err('neither .json nor .json.gz')
  try {
    const bytes = readFileSync(path)
    const value: unknown = JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'))
    if (!isResource(value) || value.resourceType !== 'Bundle') return err('not a FHIR Bundle')
    const type = String(value['type'])
    return BUNDLE_TYPES.has(type) ? ok(value) : err(`a Bundle of type ${type} is no chart`)
  } catch (error) {
    return err(error instanceof Error ? `cannot be read: ${error.message}` : 'cannot be read')
  }
}

function listEntries(file: string, bundle: AnyResource, problems: string[]): Loaded[] {
  const entries = Array.isArray(bundle['entry']) ? bundle['entry'] : []
  if (entries.length === 0) problems.push(`${file}: the Bundle is empty`)
  return entries.flatMap((entry: unknown, index) => {
    const original = isObject(entry) ? entry['resource'] : undefined
    if (!isResource(original)) {
      problems.push(`${file}: entry ${index + 1} holds no resource`)
      return []
    }
    const fullUrl = readText(entry, 'fullUrl')
    return [{ file, original, fullUrl, resource: { ...original, id: chooseId(file, index, original, fullUrl) } }]
  })
}

/** The resource's own id, else the uuid of its fullUrl, else one that is the same on every start. */
function chooseId(file: string, index: number, resource: AnyResource, fullUrl: string | undefined): string {
  const valid = /^[A-Za-z0-9.-]{1,64}$/
  if (typeof resource.id === 'string' && valid.test(resource.id)) return resource.id
  const uuid = /^urn:uuid:(.+)$/.exec(fullUrl ?? '')?.[1]
  if (uuid !== undefined && valid.test(uuid)) return uuid
  return createHash('sha256').update(`${file} ${index}`).digest('hex').slice(0, 32)
}

/** Shared resources (hospitals, clinicians) come with every file: the first is kept, a differing one is named. */
function dropRepeated(loaded: readonly Loaded[], problems: string[]): readonly Loaded[] {
  const first = new Map<string, Loaded>()
  for (const entry of loaded) {
    const key = `${entry.resource.resourceType}/${entry.resource.id}`
    const known = first.get(key)
    if (known === undefined) first.set(key, entry)
    else if (!isDeepStrictEqual(known.original, entry.original))
      problems.push(`${entry.file}: ${key} differs from the one in ${known.file}, which was kept`)
  }
  return [...first.values()]
}

/** Rewrites what names an entry of the same file, and Synthea's conditional references (`Type?identifier=system|value`). */
function linkReferences(
  kept: readonly Loaded[],
  loaded: readonly Loaded[],
  problems: string[],
): readonly ChartResource[] {
  const byUrl = new Map<string, Loaded>()
  const byIdentifier = new Map<string, string>()
  for (const entry of loaded) {
    const { resource, fullUrl } = entry
    if (fullUrl !== undefined) byUrl.set(fullUrl, entry)
    for (const identifier of readPath(resource, 'identifier')) {
      const token = `${readText(identifier, 'system') ?? ''}|${readText(identifier, 'value') ?? ''}`
      byIdentifier.set(`${resource.resourceType}?identifier=${token}`, `${resource.resourceType}/${resource.id}`)
    }
  }
  const lost = new Map<string, number>()
  const link =
    (file: string) =>
    (reference: string): string => {
      const target = byUrl.get(reference)
      if (target !== undefined) return `${target.resource.resourceType}/${target.resource.id}`
      if (reference.includes('?')) {
        const found = byIdentifier.get(reference)
        if (found !== undefined) return found
      }
      if (/^urn:uuid:|\?/.test(reference)) lost.set(file, (lost.get(file) ?? 0) + 1)
      return reference
    }
  const resources = kept.map(({ file, resource }) => rewriteReferences(resource, link(file)) as ChartResource)
  for (const [file, count] of lost) problems.push(`${file}: ${count} references lead to nothing that was loaded`)
  return resources
}

/** A copy in which every `reference` went through `link`. */
function rewriteReferences(value: unknown, link: (reference: string) => string): unknown {
  if (Array.isArray(value)) return value.map((child) => rewriteReferences(child, link))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      name === 'reference' && typeof child === 'string' ? link(child) : rewriteReferences(child, link),
    ]),
  )
}

function listUnservedTypes(resources: readonly ChartResource[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { resourceType } of resources)
    if (!RESOURCE_TYPES.includes(resourceType)) counts.set(resourceType, (counts.get(resourceType) ?? 0) + 1)
  return [...counts].map(([type, count]) => `${count} ${type} kept, but this server does not serve that type`)
}
