/**
 * An order as the CRD version that belongs to an older DTR version knows it (profiles of CRD 2.0.1 and 2.1, which the package
 * request names). What that version cannot say is a named loss.
 */
import type { Reference } from 'fhir/r4'
import type { Order } from '../../context/order.ts'
import { downcastCoverageInformation } from '../../crd/downcast.ts'
import type { CodecLoss } from '../../crd/sub-extension.ts'
import { EXT } from '../../fhir/canonical.ts'
import { normalizeReference } from '../../fhir/reference.ts'
import type { Recoded } from './dtr-version.ts'

/** Writes an order of the EHR for a payer. The order itself is not changed. */
export function downcastOrder(order: Order, version: '2.0.1' | '2.1'): Recoded<Order> {
  const losses: CodecLoss[] = []
  const told = withOlderInformation(order, version, losses)
  const resource = version === '2.0.1' ? withoutOrganization(asDraft(told, losses), losses) : told
  return { resource, losses }
}

/** The payer's own statements go back in its own version. */
function withOlderInformation(order: Order, version: '2.0.1' | '2.1', losses: CodecLoss[]): Order {
  if (order.extension === undefined) return order
  const extension = order.extension.flatMap((one) => {
    if (one.url !== EXT.coverageInformation) return [one]
    const written = downcastCoverageInformation(one, version)
    if (written.ok) losses.push(...written.value.losses)
    else losses.push({ element: 'coverage-information', change: 'removed' })
    return written.ok ? [written.value.extension] : []
  })
  return { ...order, extension }
}

/** CRD 2.0.1 knows orders only before they are signed: `status` is fixed to `draft` in all six of its profiles. */
function asDraft(order: Order, losses: CodecLoss[]): Order {
  if (order.status !== 'active') return order
  losses.push({ element: 'status', change: 'generalised' })
  return { ...order, status: 'draft' }
}

/** Nor can an organization perform one there: only a practitioner, or one in a role. */
function withoutOrganization(order: Order, losses: CodecLoss[]): Order {
  if (
    order.resourceType !== 'DeviceRequest' &&
    order.resourceType !== 'ServiceRequest' &&
    order.resourceType !== 'MedicationRequest'
  )
    return order
  const { performer, ...rest } = order
  if (performer === undefined) return order
  const performers = [performer].flat()
  const kept = performers.filter((one) => !isOrganization(one))
  if (kept.length === performers.length) return order
  losses.push({ element: 'performer', change: 'removed' })
  const [first] = kept
  if (first === undefined) return rest
  return { ...rest, performer: Array.isArray(performer) ? kept : first } as Order
}

const isOrganization = ({ reference, type }: Reference): boolean =>
  type === 'Organization' || normalizeReference(reference ?? '').startsWith('Organization/')
