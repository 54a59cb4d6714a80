/** A resource in full: the snapshot kept with the case, what the chart says now, and whatever it refers to. */
import { useState } from 'react'
import { useMutation } from '@tanstack/react-query'
import type { FhirResource } from 'fhir/r4'
import type { EvidenceView } from '#domain/contract/form.ts'
import { readFromChart } from '../../api/chart-reader.ts'
import type { EvidenceResource } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Facts } from '../../ui/facts.tsx'
import text from '../../ui/text.module.css'
import styles from './evidence.module.css'
import { readReferences } from './resource-fields.ts'

export function ResourceDialog({
  launchId,
  evidence,
  data,
  onClose,
}: {
  launchId: string
  evidence: EvidenceView
  data: EvidenceResource
  onClose: () => void
}) {
  const say = useSay()
  const formats = useFormats()
  const [live, setLive] = useState<{ reference: string; resource: FhirResource } | null>(null)
  const read = useMutation({
    mutationFn: async (reference: string) => ({ reference, resource: await readFromChart(launchId, reference) }),
    onSuccess: setLive,
  })
  const shown = live ?? { reference: data.reference, resource: data.resource }
  const version = shown.resource.meta?.versionId
  return (
    <Dialog
      wide
      title={live === null ? evidence.label : live.reference}
      closeLabel={say('shell.close')}
      onClose={onClose}
    >
      <Facts
        wide
        facts={[
          { label: say('evidence.reference'), value: shown.reference },
          ...(version === undefined ? [] : [{ label: say('evidence.versionLabel'), value: version }]),
          {
            label: say('evidence.as'),
            value:
              live === null ? say('evidence.snapshot', { at: formats.dateTime(data.readAt) }) : say('evidence.now'),
          },
        ]}
      />
      <p className={`${text.row ?? ''} ${styles.dialogActions ?? ''}`}>
        {live !== null && (
          <Button slim onClick={() => setLive(null)}>
            {say('evidence.backToSnapshot')}
          </Button>
        )}
        {shown.reference === data.reference && live === null && (
          <Button slim busy={read.isPending} onClick={() => read.mutate(data.reference)}>
            {say('evidence.readNow')}
          </Button>
        )}
        {readReferences(shown.resource)
          .filter(({ reference }) => reference !== shown.reference)
          .map(({ reference, label }) => (
            <Button key={reference} look="quiet" slim icon="external" onClick={() => read.mutate(reference)}>
              {label}
            </Button>
          ))}
      </p>
      <FailureNotice failure={read.error} />
      <pre className={styles.json} tabIndex={0} role="region" aria-label={say('evidence.whole')}>
        {JSON.stringify(shown.resource, null, 2)}
      </pre>
    </Dialog>
  )
}
