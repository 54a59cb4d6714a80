import { QueryClient } from '@tanstack/react-query'
import { ApiFailure } from './http.ts'

const RETRIES = 2

/** Only what may be a passing fault of the way is tried again; what the server has said stands. */
function mayRetry(count: number, failure: Error): boolean {
  if (!(failure instanceof ApiFailure)) return false
  return count < RETRIES && (failure.status === null || failure.status === 502 || failure.status === 503)
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: mayRetry, staleTime: 10_000, refetchOnWindowFocus: false },
      mutations: { retry: false },
    },
  })
}
