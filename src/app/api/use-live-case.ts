import { useEffect, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { watchCase, type LiveState } from './event-stream.ts'
import { caseQuery, casePath, type CaseKey } from './queries.ts'

/** Keeps the case of the cache up to date while it is looked at, and says how. */
export function useLiveCase({ launchId, caseId }: CaseKey): LiveState {
  const client = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')
  useEffect(() => {
    const key = { launchId, caseId }
    return watchCase({
      path: `${casePath(key)}/stream`,
      onChange: () => void client.invalidateQueries({ queryKey: caseQuery(key).queryKey }),
      onState: setState,
    })
  }, [client, launchId, caseId])
  return state
}
