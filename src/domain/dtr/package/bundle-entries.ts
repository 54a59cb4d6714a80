/** A query gives a Bundle: its entries are the results. */
export function entriesOf(raw: unknown): unknown[] {
  const data = typeof raw === 'object' && raw !== null && 'data' in raw ? raw.data : raw
  if (typeof data !== 'object' || data === null || !('resourceType' in data) || data.resourceType !== 'Bundle')
    return [raw]
  const { entry } = data as { entry?: { resource?: unknown }[] }
  return (entry ?? []).flatMap(({ resource }) => (resource === undefined ? [] : [resource]))
}
