/** A small seeded generator (mulberry32): the same seed gives the same chart on every machine. Never Math.random. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number
  /** A number around `centre`, at most `spread` away, with the given decimals. */
  around(centre: number, spread: number, decimals: number): number
  pick<T>(choices: readonly [T, ...T[]]): T
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    integer,
    around: (centre, spread, decimals) => Number((centre + (next() * 2 - 1) * spread).toFixed(decimals)),
    pick: (choices) => choices[integer(0, choices.length - 1)] ?? choices[0],
  }
}
