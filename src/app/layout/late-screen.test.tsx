import { render, screen } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'
import { ErrorBoundary } from './error-boundary.tsx'
import { lateScreen } from './late-screen.tsx'

const Greeting = ({ name }: { name: string }) => <p>{`Hello ${name}`}</p>

describe('a screen whose code comes late', () => {
  it('shows the fallback until the code is there, and at once the next time', async () => {
    const load = vi.fn(() => Promise.resolve(Greeting))
    const Screen = lateScreen(load)
    const first = render(<Screen name="Ada" fallback={<p>Loading</p>} />)
    expect(screen.getByText('Loading')).toBeTruthy()
    expect(await screen.findByText('Hello Ada')).toBeTruthy()
    first.unmount()
    render(<Screen name="Grace" fallback={<p>Loading</p>} />)
    expect(screen.queryByText('Loading')).toBeNull()
    expect(screen.getByText('Hello Grace')).toBeTruthy()
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('leaves code that cannot be loaded to the error boundary', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const Screen = lateScreen<{ name: string }>(() => Promise.reject(new Error('offline')))
    render(
      <ErrorBoundary title="It broke" text="Load it again." action="Reload">
        <Screen name="Ada" fallback={<p>Loading</p>} />
      </ErrorBoundary>,
    )
    expect(await screen.findByText('It broke')).toBeTruthy()
  })
})
