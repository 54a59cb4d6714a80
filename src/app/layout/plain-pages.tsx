import { useSay } from '../i18n/use-say.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Mark } from '../ui/icon.tsx'
import { Page, PageTitle } from './page.tsx'
import styles from './header.module.css'

function Plain({ icon, title, text }: { icon: 'clock' | 'ask'; title: string; text: string }) {
  return (
    <>
      <header className={styles.header}>
        <div className={styles.inner}>
          <span className={styles.brand}>
            <Mark />
            Precert
          </span>
        </div>
      </header>
      <Page>
        <PageTitle>{title}</PageTitle>
        <EmptyState icon={icon} tone="open">
          <p>{text}</p>
        </EmptyState>
      </Page>
    </>
  )
}

/** A session ends with the EHR's; only the EHR can start a new one. */
export function SessionEnded() {
  const say = useSay()
  return <Plain icon="clock" title={say('error.sessionEnded.title')} text={say('error.sessionEnded.text')} />
}

export function NotFound() {
  const say = useSay()
  return <Plain icon="ask" title={say('error.notFound.title')} text={say('error.notFound.text')} />
}
