import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createFormSaver, type SaveRequest, type SaveResponse } from './form-saver.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const CONFLICT = new Error('conflict')

function saving(send: (request: SaveRequest) => Promise<SaveResponse>) {
  let revision = 0
  const sent: number[] = []
  const saver = createFormSaver({
    version: 7,
    savedAt: null,
    revision: () => revision,
    content: () => ({
      response: { resourceType: 'QuestionnaireResponse' },
      meta: { origins: {}, lookups: {}, cleared: [] },
    }),
    send: (request) => {
      sent.push(request.version)
      return send(request)
    },
    isConflict: (failure) => failure === CONFLICT,
    onMerge: () => undefined,
  })
  const change = (): void => {
    revision += 1
    saver.touch()
  }
  return { saver, sent, change }
}

const accept = ({ version }: SaveRequest): Promise<SaveResponse> =>
  Promise.resolve({ version: version + 1, savedAt: '2026-11-22T09:43:00Z' })

it('saves once the hand rests, each time on the version before', async () => {
  const { saver, sent, change } = saving(accept)
  change()
  change()
  expect(saver.read().kind).toBe('unsaved')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(sent).toEqual([7])
  expect(saver.read()).toEqual({ kind: 'saved', at: '2026-11-22T09:43:00Z' })
  change()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(sent).toEqual([7, 8])
})

it('never has two saves under way, and saves again what changed meanwhile', async () => {
  let answer: (response: SaveResponse) => void = () => undefined
  const { saver, sent, change } = saving(() => new Promise((resolve) => (answer = resolve)))
  change()
  await vi.advanceTimersByTimeAsync(1_000)
  change()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(sent).toEqual([7])
  answer({ version: 8, savedAt: 'x' })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(sent).toEqual([7, 8])
  answer({ version: 9, savedAt: 'y' })
  await vi.advanceTimersByTimeAsync(1)
  expect(saver.read().kind).toBe('saved')
})

it('stops at a conflict: nothing of another person is overwritten', async () => {
  const { saver, sent, change } = saving(() => Promise.reject(CONFLICT))
  change()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(saver.read().kind).toBe('conflict')
  change()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sent).toEqual([7])
  expect(await saver.flush()).toBe(false)
})

it('tries again after a fault until it is saved', async () => {
  let works = false
  const { saver, sent, change } = saving((request) => (works ? accept(request) : Promise.reject(new Error('network'))))
  change()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(saver.read().kind).toBe('failed')
  works = true
  await vi.advanceTimersByTimeAsync(6_000)
  expect(saver.read().kind).toBe('saved')
  expect(sent.length).toBeGreaterThan(1)
})

it('saves at once where somebody leaves, and sends nothing where nothing changed', async () => {
  const { saver, sent, change } = saving(accept)
  expect(await saver.flush()).toBe(true)
  expect(sent).toEqual([])
  change()
  const flushed = saver.flush()
  await vi.runAllTimersAsync()
  expect(await flushed).toBe(true)
  expect(sent).toEqual([7])
})

it('sends in the same task what a closing page still has', () => {
  const { saver, sent, change } = saving(accept)
  change()
  void saver.flush({ keepalive: true })
  expect(sent).toEqual([7])
})
