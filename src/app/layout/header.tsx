import { createContext, useContext, useState, type ReactNode } from 'react'
import { createPortal } from 'react-dom'
import type { LaunchView } from '#domain/contract/launch.ts'
import { useFormats } from '../i18n/format.ts'
import { useSay } from '../i18n/use-say.ts'
import { Mark } from '../ui/icon.tsx'
import styles from './header.module.css'

const Slot = createContext<{ element: HTMLElement | null; setElement: (element: HTMLElement | null) => void }>({
  element: null,
  setElement: () => undefined,
})

/** Lets a screen put its state (saved, live, payer) at the right end of the header. */
export function HeaderSlotProvider({ children }: { children: ReactNode }) {
  const [element, setElement] = useState<HTMLElement | null>(null)
  return <Slot value={{ element, setElement }}>{children}</Slot>
}

export function HeaderStatus({ children }: { children: ReactNode }) {
  const { element } = useContext(Slot)
  return element === null ? null : createPortal(children, element)
}

/** The product's name is small, the patient comes first: nobody may answer for the wrong one. */
export function Header({ patient, full }: { patient: LaunchView['patient'] | null; full: boolean }) {
  const say = useSay()
  const { setElement } = useContext(Slot)
  return (
    <header className={styles.header}>
      <div className={styles.inner}>
        <span className={styles.brand}>
          <Mark />
          Precert
        </span>
        {patient !== null && (
          <p className={styles.patient} aria-label={say('shell.patient')} role="group">
            <strong>{patient.name}</strong>
            <PatientDetails patient={patient} full={full} />
          </p>
        )}
        <div ref={setElement} className={styles.status} />
      </div>
    </header>
  )
}

/** Sex, age, birth date and record number; where the EHR shows a banner of its own, only what tells patients apart. */
function PatientDetails({ patient, full }: { patient: LaunchView['patient']; full: boolean }) {
  const say = useSay()
  const formats = useFormats()
  const age = patient.ageYears === null ? null : say('shell.age', { count: patient.ageYears })
  const gender = patient.gender === null ? null : say(`shell.gender.${patient.gender}`)
  const parts = [
    full ? [gender, age].filter((part) => part !== null).join(', ') : '',
    patient.birthDate === null ? '' : formats.date(patient.birthDate),
    patient.mrn === null ? '' : say('shell.mrn', { mrn: patient.mrn }),
  ].filter((part) => part !== '')
  return <span className={styles.details}>{parts.join(' · ')}</span>
}
