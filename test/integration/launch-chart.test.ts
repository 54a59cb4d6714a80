import type { Coverage, FhirResource } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { err, ok } from '#domain/result.ts'
import { CHART, coverage, drug } from '../support/coverage-room.ts'
import type { EhrClient, LaunchContext } from '../../server/context.ts'
import { createLaunchCharts } from '../../server/coverage/launch-chart.ts'

/** Reads a launch's chart out of these resources; gives what was asked for and what is known. */
async function readChart(resources: readonly FhirResource[], grantedScopes: readonly string[] = []) {
  const asked: string[] = []
  const ehr = {
    read: (reference: string) => {
      asked.push(reference)
      const found = resources.find(({ resourceType, id }) => `${resourceType}/${id ?? ''}` === reference)
      return Promise.resolve(found === undefined ? err({ reason: 'not-found' as const, status: 404 }) : ok(found))
    },
    search: (type: string) => {
      asked.push(`${type}?`)
      const found = resources.filter(({ resourceType }) => resourceType === type)
      return Promise.resolve(ok({ resources: found, complete: true }))
    },
  } as unknown as EhrClient
  const charts = createLaunchCharts({
    store: {} as never,
    openEhr: () => ehr,
    now: () => '2026-11-22T11:00:00Z',
  })
  const launch = { tenant: { id: 't', timeZone: 'UTC' }, launchId: 'l', patientId: 'maya', appContext: null }
  const chart = await charts.chart({ ...launch, fhirContext: [], grantedScopes } as unknown as LaunchContext)
  if (!chart.ok) throw new Error(chart.error.reason)
  return { asked, known: chart.value.known.map(({ resourceType, id }) => `${resourceType}/${id ?? ''}`) }
}

const ofSubscriber = (reference: string): FhirResource[] => [
  ...CHART.filter(({ resourceType }) => resourceType !== 'Coverage'),
  { ...coverage('cov-1', 'cs'), subscriber: { reference } } satisfies Coverage,
  { resourceType: 'Patient', id: 'mother', name: [{ family: 'Okafor', given: ['Ada'] }] },
  { resourceType: 'RelatedPerson', id: 'father', patient: { reference: 'Patient/maya' } },
]

describe('the chart of a launch', () => {
  it.each(['Patient/mother', 'RelatedPerson/father'])('holds whom the coverage is of: %s', async (reference) => {
    const { known } = await readChart(ofSubscriber(reference))
    expect(known).toContain(reference)
  })

  it('asks once for a patient who is the subscriber', async () => {
    const { asked, known } = await readChart(ofSubscriber('Patient/maya'))
    expect(asked.filter((one) => one === 'Patient/maya')).toHaveLength(1)
    expect(known).not.toContain('Patient/maya')
  })

  it('holds the prices of its orders, where it may look for them', async () => {
    const priced: FhirResource[] = [
      ...CHART,
      ...['drug', 'others-drug'].map((order): FhirResource => ({
        resourceType: 'ChargeItem',
        id: `of-${order}`,
        status: 'planned',
        subject: drug.subject,
        code: {},
        supportingInformation: [{ reference: `MedicationRequest/${order}` }],
      })),
    ]
    expect((await readChart(priced, ['patient/ChargeItem.rs'])).known).toContain('ChargeItem/of-drug')
    expect((await readChart(priced)).asked).not.toContain('ChargeItem?')
  })

  it('follows a role to where it can be reached', async () => {
    const chart = CHART.map((resource): FhirResource =>
      resource.resourceType === 'PractitionerRole'
        ? { ...resource, endpoint: [{ reference: 'Endpoint/direct' }] }
        : resource,
    )
    expect((await readChart(chart)).asked).toContain('Endpoint/direct')
  })
})
