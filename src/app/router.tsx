/**
 * Four screens and their addresses. The URL is the state; nothing about the patient is in it but the launch's and the
 * case's random ids. A screen with unsaved work can hold the way out until it is saved.
 */
import { useSyncExternalStore, type ComponentPropsWithRef } from 'react'

export type Step = 'coverage' | 'form' | 'review' | 'decision'

export type Route =
  | { readonly screen: 'coverage'; readonly launchId: string }
  | {
      readonly screen: Exclude<Step, 'coverage'>
      readonly launchId: string
      readonly caseId: string
      /** One of several forms; left out for the first. */
      readonly form?: string
      readonly item?: string
    }
  | { readonly screen: 'not-found' }

const SUFFIX = { form: '/form', review: '/review', decision: '' } as const

/** Reads an address of the app; `not-found` for any other. */
export function parseRoute(pathname: string, hash = ''): Route {
  const match = /^\/l\/([^/]+)(?:\/cases\/([^/]+)(\/form|\/review)?)?\/?$/.exec(pathname)
  const launchId = match?.[1]
  if (match === null || launchId === undefined) return { screen: 'not-found' }
  const caseId = match[2]
  if (caseId === undefined) return { screen: 'coverage', launchId: decodeURIComponent(launchId) }
  const screen = match[3] === '/form' ? 'form' : match[3] === '/review' ? 'review' : 'decision'
  const within = new URLSearchParams(hash.replace(/^#/, ''))
  const [form, item] = [within.get('form'), within.get('item')]
  return {
    screen,
    launchId: decodeURIComponent(launchId),
    caseId: decodeURIComponent(caseId),
    ...(form === null ? {} : { form }),
    ...(item === null ? {} : { item }),
  }
}

export function pathOf(route: Exclude<Route, { screen: 'not-found' }>): string {
  const launch = `/l/${encodeURIComponent(route.launchId)}`
  if (route.screen === 'coverage') return launch
  const { form, item } = route
  const within = new URLSearchParams({
    ...(form === undefined ? {} : { form }),
    ...(item === undefined ? {} : { item }),
  }).toString()
  return `${launch}/cases/${encodeURIComponent(route.caseId)}${SUFFIX[route.screen]}${within === '' ? '' : `#${within}`}`
}

const listeners = new Set<() => void>()
let beforeLeave: (() => Promise<boolean>) | null = null

/** Registers what must happen before the screen is left inside the app; gives the way to unregister. */
export function holdNavigation(guard: () => Promise<boolean>): () => void {
  beforeLeave = guard
  return () => {
    if (beforeLeave === guard) beforeLeave = null
  }
}

/** Goes to another screen, once the present one lets go. */
export async function navigate(
  route: Exclude<Route, { screen: 'not-found' }>,
  options: { replace?: boolean } = {},
): Promise<void> {
  if (beforeLeave !== null && !(await beforeLeave())) return
  if (options.replace === true) window.history.replaceState(null, '', pathOf(route))
  else window.history.pushState(null, '', pathOf(route))
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('popstate', listener)
  }
}

/** The present screen; the component renders again when it changes. */
export function useRoute(): Route {
  const address = useSyncExternalStore(subscribe, () => window.location.pathname + window.location.hash)
  const [pathname, hash] = address.split(/(?=#)/)
  return parseRoute(pathname ?? '/', hash)
}

/** A real link, so that it can be opened in another tab; a plain click stays in the app. */
export function Link({
  to,
  children,
  ...rest
}: { to: Exclude<Route, { screen: 'not-found' }> } & ComponentPropsWithRef<'a'>) {
  return (
    <a
      {...rest}
      href={pathOf(to)}
      onClick={(event) => {
        if (
          event.defaultPrevented ||
          event.button !== 0 ||
          event.metaKey ||
          event.ctrlKey ||
          event.shiftKey ||
          event.altKey
        )
          return
        event.preventDefault()
        void navigate(to)
      }}
    >
      {children}
    </a>
  )
}
