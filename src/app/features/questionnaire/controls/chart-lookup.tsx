/** The chart's resources of the types a question takes, to pick one from. Filtering happens here: no search leaves the page. */
import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { FhirResource } from 'fhir/r4'
import { readClinicalDate, readLabel } from '#domain/dtr/population/evidence.ts'
import { listFromChart } from '../../../api/chart-reader.ts'
import { FailureNotice } from '../../../components/failure.tsx'
import { useFormats } from '../../../i18n/format.ts'
import { useSay } from '../../../i18n/use-say.ts'
import { Dialog } from '../../../ui/dialog.tsx'
import fields from '../fields.module.css'
import { useFormKey } from '../form-key.ts'
import styles from './chart-lookup.module.css'

export function ChartLookup({
  title,
  types,
  isOffered = () => true,
  onPick,
  onClose,
}: {
  title: string
  types: readonly string[]
  /** Which of them the question takes. */
  isOffered?: (resource: FhirResource) => boolean
  onPick: (resource: FhirResource) => void
  onClose: () => void
}) {
  const say = useSay()
  const formats = useFormats()
  const { launchId } = useFormKey()
  const [filter, setFilter] = useState('')
  const { data, error, isPending } = useQuery({
    queryKey: ['chart-lookup', launchId, ...types],
    queryFn: async () => (await Promise.all(types.map((type) => listFromChart(launchId, type)))).flat(),
  })
  const words = filter.trim().toLowerCase()
  const shown = (data ?? [])
    .filter(isOffered)
    .map((resource) => ({ resource, name: readLabel(resource), date: readClinicalDate(resource) }))
    .filter(({ name }) => name.toLowerCase().includes(words))
    .sort((a, b) => (b.date ?? '').localeCompare(a.date ?? ''))
  return (
    <Dialog title={title} closeLabel={say('shell.close')} onClose={onClose}>
      <input
        type="search"
        className={fields.field}
        aria-label={say('form.chart.filter')}
        placeholder={say('form.chart.filter')}
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
      />
      <p className={styles.note} role="status">
        {isPending ? say('evidence.reading') : error === null ? say('form.chart.found', { count: shown.length }) : ''}
      </p>
      <FailureNotice failure={error} />
      <ul className={styles.list}>
        {shown.map(({ resource, name, date }) => (
          <li key={`${resource.resourceType}/${resource.id ?? ''}`}>
            <button type="button" className={styles.row} onClick={() => onPick(resource)}>
              <span>{name}</span>
              {date !== null && <span className={styles.date}>{formats.date(date)}</span>}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
