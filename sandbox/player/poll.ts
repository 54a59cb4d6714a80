/** Waiting for something to come true. */
const POLL_MS = 150

/** Asks until there is a value; throws with the explanation when the time is over. */
export async function pollUntil<T>(
  probe: () => Promise<T | undefined>,
  limitMs: number,
  explain: () => Promise<string>,
): Promise<T> {
  const end = Date.now() + limitMs
  for (;;) {
    const value = await probe()
    if (value !== undefined) return value
    if (Date.now() > end) throw new Error(await explain())
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
