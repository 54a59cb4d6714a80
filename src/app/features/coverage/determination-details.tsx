/**
 * Every element of the payer's answer (CRD conf-6: must-support elements are shown or used), for those who ask why. Codes
 * stand here, and only here, as they came.
 */
import type { ReactNode } from 'react'
import type { DeterminationView, OrderGroupView } from '#domain/contract/launch.ts'
import { useFormats, type Formats } from '../../i18n/format.ts'
import { useHasSentence, useSay, type Say } from '../../i18n/use-say.ts'
import { Facts, type Fact } from '../../ui/facts.tsx'
import styles from './coverage.module.css'

export function DeterminationDetails({ group }: { group: OrderGroupView }) {
  return (
    <div className={styles.details}>
      {group.orders.map((order) => (
        <section key={order.reference}>
          <h3>{[order.display, order.code].filter((part) => part !== null).join(', ')}</h3>
          <Determination determination={order.determination} orderDetail={order.detail} status={order.status} />
        </section>
      ))}
    </div>
  )
}

function Determination({
  determination,
  orderDetail,
  status,
}: {
  determination: DeterminationView
  orderDetail: string | null
  status: string
}) {
  const say = useSay()
  const has = useHasSentence()
  const formats = useFormats()
  const facts = [
    row(say('coverage.detail.order'), [orderDetail, coded('coverage.order', status, say, has)]),
    row(say('coverage.detail.covered'), [coded('coverage.covered', determination.covered, say, has)]),
    row(say('coverage.detail.authorization'), [coded('coverage.pa', determination.paNeeded, say, has)]),
    row(say('coverage.detail.documentation'), [
      ...determination.docNeeded.map((code) => coded('coverage.doc', code, say, has)),
    ]),
    row(say('coverage.detail.purpose'), [
      ...determination.docPurpose.map((code) => coded('coverage.purpose', code, say, has)),
    ]),
    row(say('coverage.detail.information'), [
      ...determination.infoNeeded.map((code) => coded('coverage.info', code, say, has)),
    ]),
    row(
      say('coverage.detail.reasons'),
      determination.reasons.map(({ text, code }) => text ?? code),
    ),
    row(
      say('coverage.detail.codes'),
      determination.billingCodes.map(({ code, display }) => (display === null ? code : `${code} ${display}`)),
    ),
    ...determination.details.map((detail) => limitation(detail, say)),
    row(say('coverage.detail.contact'), determination.contacts.map(contactLine)),
    row(say('coverage.detail.dependsOn'), determination.dependencies),
    row(say('coverage.detail.questionnaires'), determination.questionnaires),
    row(say('coverage.detail.satisfied'), [determination.satisfiedPaId]),
    row(say('coverage.detail.assertion'), [determination.assertionId]),
    row(say('coverage.detail.date'), [dates(determination, say, formats)]),
  ].filter((fact) => fact !== null)
  return <Facts wide facts={facts} />
}

function row(label: string, values: readonly (string | null)[]): Fact | null {
  const present = values.filter((value) => value !== null && value !== '')
  return present.length === 0 ? null : { label, value: lines(present) }
}

function lines(values: readonly (string | null)[]): ReactNode {
  return values.length === 1 ? (
    values[0]
  ) : (
    <ul>
      {values.map((value, index) => (
        <li key={index}>{value}</li>
      ))}
    </ul>
  )
}

/** The word of a code, with the code itself; the bare code where there is no word. */
function coded(prefix: string, code: string | null, say: Say, has: (key: string) => boolean): string | null {
  if (code === null) return null
  const key = `${prefix}.${code}`
  return has(key) ? say('coverage.detail.coded', { word: say(key), code }) : code
}

function limitation(detail: DeterminationView['details'][number], say: Say): Fact {
  return {
    label: detail.code ?? detail.category ?? say('coverage.detail.more'),
    value: (
      <>
        {detail.isLink ? (
          <a href={detail.value} target="_blank" rel="noreferrer">
            {detail.value}
          </a>
        ) : (
          detail.value
        )}
        {detail.qualification !== null && ` (${detail.qualification})`}
      </>
    ),
  }
}

function contactLine({ name, telecom }: DeterminationView['contacts'][number]): string {
  return [name, ...telecom.map(({ value }) => value)].filter((part) => part !== null).join(', ')
}

function dates({ date, expiryDate }: DeterminationView, say: Say, formats: Formats): string | null {
  if (date === null)
    return expiryDate === null ? null : say('coverage.detail.until', { until: formats.date(expiryDate) })
  return expiryDate === null
    ? formats.date(date)
    : say('coverage.detail.fromUntil', { from: formats.date(date), until: formats.date(expiryDate) })
}
