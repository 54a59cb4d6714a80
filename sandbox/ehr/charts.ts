/**
 * Who is in the simulated EHR: the synthetic patients of the scenarios, and whoever a folder of foreign Bundles brings. Fills
 * the store, and answers the few questions the order screen asks of a chart.
 */
import type { FhirResource, Patient, Reference } from 'fhir/r4'
import { DIRECTORY } from '../charts/directory.ts'
import { generateChart } from '../charts/generate-chart.ts'
import { buildCoverageFor, buildOrders, buildOrdersForAnyChart, type OrderTemplate } from '../charts/orders.ts'
import { PERSONAS, type Persona } from '../scenarios.ts'
import { readChartFiles, type ChartResource } from './chart-files.ts'
import { formatName } from './pages/format.ts'
import { readText, toReference, type AnyResource, type StoredResource } from './resource.ts'
import type { ResourceStore } from './store.ts'

export interface Charts {
  readonly personaIds: readonly string[]
  readonly otherIds: readonly string[]
  /** What could not be loaded, a sentence each. */
  readonly problems: readonly string[]
  /** The visit that an order belongs to: the one going on, else the newest. */
  readEncounterId(patientId: string): string | null
  /** Draft orders of a template, not yet written. `doseMgPerKg` replaces the template's dose for a synthetic patient. */
  buildDrafts(patientId: string, template: OrderTemplate, options: DraftOptions): readonly ChartResource[]
  /** The template's dose, or null where the chart is not one of ours. */
  readDose(patientId: string): number | null
}

interface DraftOptions {
  readonly today: string
  readonly orderNumber: string
  readonly doseMgPerKg?: number
}

interface ChartsOptions {
  readonly store: ResourceStore
  readonly today: string
  /** A folder of foreign Bundles, or null. */
  readonly directory: string | null
}

/** Loads every chart into the store. */
export function loadCharts({ store, today, directory }: ChartsOptions): Charts {
  for (const resource of DIRECTORY) store.load(toChartResource(resource))
  for (const persona of PERSONAS)
    for (const resource of generateChart(persona, today)) store.load(toChartResource(resource))
  const foreign = directory === null ? { resources: [], patientIds: [], problems: [] } : readChartFiles(directory)
  const taken = new Set(PERSONAS.map(({ patientId }) => patientId))
  const otherIds = foreign.patientIds.filter((id) => !taken.has(id))
  for (const resource of foreign.resources) store.load(resource)
  for (const id of otherIds) addCoverage(store, id, today)

  const personas = new Map<string, Persona>(PERSONAS.map((persona) => [persona.patientId, persona]))
  return {
    personaIds: PERSONAS.map(({ patientId }) => patientId),
    otherIds,
    problems: foreign.problems,
    readEncounterId: (patientId) => chooseEncounter(store.list('Encounter', patientId))?.id ?? null,
    readDose: (patientId) => personas.get(patientId)?.doseMgPerKg ?? null,
    buildDrafts(patientId, template, options) {
      const patient = store.read('Patient', patientId)
      if (patient === undefined) return []
      const context = {
        today: options.today,
        orderNumber: options.orderNumber,
        patient: { reference: `Patient/${patientId}`, display: formatName(patient) },
        encounter: toOptionalReference(chooseEncounter(store.list('Encounter', patientId))),
        coverage: readOnlyCoverage(store, patientId),
      }
      const persona = personas.get(patientId)
      const drafts =
        persona === undefined
          ? buildOrdersForAnyChart(template, listChart(store, patientId), context)
          : buildOrders(template, { ...persona, doseMgPerKg: options.doseMgPerKg ?? persona.doseMgPerKg }, context)
      return drafts.map(toChartResource)
    },
  }
}

/** A chart that brings no coverage gets one of a payer that the sandbox knows. */
function addCoverage(store: ResourceStore, patientId: string, today: string): void {
  const patient = store.read('Patient', patientId)
  if (patient !== undefined && store.list('Coverage', patientId).length === 0)
    store.load(toChartResource(buildCoverageFor(patient as unknown as Patient, today)))
}

/** An order names its coverage where there is no choice to make. */
function readOnlyCoverage(store: ResourceStore, patientId: string): Reference | null {
  const active = store.list('Coverage', patientId).filter((coverage) => coverage['status'] === 'active')
  return active.length === 1 ? toOptionalReference(active[0]) : null
}

function chooseEncounter(encounters: readonly StoredResource[]): StoredResource | undefined {
  const newestFirst = [...encounters].sort((a, b) =>
    (readText(b, 'period.start') ?? '').localeCompare(readText(a, 'period.start') ?? ''),
  )
  return newestFirst.find((encounter) => encounter['status'] === 'in-progress') ?? newestFirst[0]
}

const toOptionalReference = (resource: StoredResource | undefined): Reference | null =>
  resource === undefined ? null : { reference: toReference(resource) }

function listChart(store: ResourceStore, patientId: string): readonly FhirResource[] {
  return store.types().flatMap((type) => store.list(type, patientId)) as unknown as readonly FhirResource[]
}

function toChartResource(resource: FhirResource): ChartResource {
  if (resource.id === undefined) throw new Error(`a generated ${resource.resourceType} has no id`)
  return { ...(resource as unknown as AnyResource), id: resource.id }
}
