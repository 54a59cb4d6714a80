/**
 * A screen whose code comes late. React's `lazy` would do, but a `Suspense` boundary that has shown its fallback holds the
 * screen back until 300 ms are over; here it is drawn as soon as its code is there, and at once when it was loaded before.
 */
import { useEffect, useState, type ComponentType, type ReactNode } from 'react'

/** Gives a component that loads `load`'s component once and shows `fallback` until then. A failure goes to the error boundary. */
export function lateScreen<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props & { fallback: ReactNode }> {
  let loaded: ComponentType<Props> | undefined
  return function LateScreen({ fallback, ...props }) {
    const [Screen, setScreen] = useState(() => loaded)
    const [failure, setFailure] = useState<{ readonly error: unknown }>()
    useEffect(() => {
      if (loaded !== undefined) return
      load().then(
        (component) => {
          loaded = component
          setScreen(() => component)
        },
        (error: unknown) => setFailure({ error }),
      )
    }, [])
    if (failure !== undefined) throw failure.error
    return Screen === undefined ? fallback : <Screen {...(props as unknown as Props)} />
  }
}
