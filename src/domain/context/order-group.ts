/** Orders that are authorized together: a drug and its administration share one group identifier (requirement 5). */
import type { FhirResource, Identifier } from 'fhir/r4'
import { readDiagnosis, readOrderDisplay, readRequesterName, type Order } from './order.ts'

export type OrderGroupKind = 'medication' | 'medication-with-administration' | 'service' | 'device' | 'other'

export interface OrderGroup {
  readonly groupId: string
  readonly kind: OrderGroupKind
  readonly orders: readonly Order[]
}

function groupIdentifierOf(order: Order): Identifier | undefined {
  if (order.resourceType === 'ServiceRequest') return order.requisition
  return 'groupIdentifier' in order ? order.groupIdentifier : undefined
}

/** An id that can stand in a URL path: the group identifier's value with everything else replaced, else `Type-id`. */
export function readGroupId(order: Order): string {
  const value = groupIdentifierOf(order)?.value
  return (value ?? `${order.resourceType}-${order.id ?? ''}`).replace(/[^A-Za-z0-9._-]+/g, '-')
}

function kindOf(orders: readonly Order[]): OrderGroupKind {
  const has = (type: Order['resourceType']): boolean => orders.some((order) => order.resourceType === type)
  if (has('MedicationRequest')) return has('ServiceRequest') ? 'medication-with-administration' : 'medication'
  if (has('DeviceRequest')) return 'device'
  return has('ServiceRequest') ? 'service' : 'other'
}

/** The drug first, then services in chart order: the first order names the group. */
function leadFirst(orders: readonly Order[]): Order[] {
  const leads = orders.filter(({ resourceType }) => resourceType === 'MedicationRequest')
  return [...leads, ...orders.filter(({ resourceType }) => resourceType !== 'MedicationRequest')]
}

/** Groups orders by their group identifier, in order of first appearance; an order without one stands alone. */
export function groupOrders(orders: readonly Order[]): OrderGroup[] {
  const byId = new Map<string, Order[]>()
  for (const order of orders) {
    const groupId = readGroupId(order)
    byId.set(groupId, [...(byId.get(groupId) ?? []), order])
  }
  return [...byId].map(([groupId, members]) => ({ groupId, kind: kindOf(members), orders: leadFirst(members) }))
}

/** Title, diagnosis and requester of a group: the first order that knows each. */
export function describeGroup(
  group: OrderGroup,
  known: readonly FhirResource[],
): { title: string; diagnosis: string | null; requester: string | null } {
  const [lead] = group.orders
  const first = (read: (order: Order) => string | null): string | null => {
    for (const order of group.orders) {
      const value = read(order)
      if (value !== null) return value
    }
    return null
  }
  return {
    title: lead === undefined ? group.groupId : readOrderDisplay(lead, known).title,
    diagnosis: first((order) => readDiagnosis(order, known)),
    requester: first((order) => readRequesterName(order, known)),
  }
}
