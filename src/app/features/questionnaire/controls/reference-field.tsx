import { useState } from 'react'
import type { FhirResource } from 'fhir/r4'
import { readLabel } from '#domain/dtr/population/evidence.ts'
import { isTarget, listTargetTypes } from '#domain/dtr/item/reference-target.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import { useSay } from '../../../i18n/use-say.ts'
import { Button } from '../../../ui/button.tsx'
import { useFormStore } from '../form-store.ts'
import styles from '../fields.module.css'
import { ChartLookup } from './chart-lookup.tsx'
import type { ControlProps } from './control.tsx'
import { CreateTarget } from './create-target.tsx'
import { OfferedList } from './offered-list.tsx'

/** Something of the chart: what was found for the question, or what the person looks up among the types it takes. */
export function ReferenceField({ item, readOnly, describedBy }: ControlProps) {
  const say = useSay()
  const store = useFormStore()
  const [looking, setLooking] = useState(false)
  const pick = (resource: FhirResource): void => {
    setLooking(false)
    const reference = `${resource.resourceType}/${resource.id ?? ''}`
    const given = { valueReference: { reference, type: resource.resourceType, display: readLabel(resource) } }
    store.edit((state, edit) => answer(state, item.key, item.repeats ? [...item.answers, given] : [given], edit))
  }
  const types = listTargetTypes(item.facts)
  return (
    <div className={styles.files} aria-describedby={describedBy}>
      <OfferedList item={item} readOnly={readOnly} />
      {!readOnly && (types.length > 0 || item.facts.lookupQuestionnaire !== null) && (
        <div className={styles.fileActions}>
          {types.length > 0 && (
            <Button slim icon="doc" onClick={() => setLooking(true)}>
              {say('form.chart.look')}
            </Button>
          )}
          <CreateTarget item={item} />
        </div>
      )}
      {item.answers.length === 0 && item.candidates.length === 0 && types.length === 0 && (
        <p className={styles.none}>{say('form.chart.none')}</p>
      )}
      {looking && (
        <ChartLookup
          title={item.text}
          types={types}
          isOffered={(resource) => isTarget(resource, item.facts)}
          onPick={pick}
          onClose={() => setLooking(false)}
        />
      )}
    </div>
  )
}
