/**
 * The payer's regular expressions, matched in linear time: a hostile pattern cannot make the form hang, as it could with the
 * platform's backtracking. All threads of the pattern go through the text side by side (Thompson, Pike). Look-around and
 * back-references are not spoken; such a pattern is not enforced, and the form says so.
 */

type Instruction =
  | { readonly op: 'one'; readonly test: (character: string) => boolean }
  | { readonly op: 'split'; readonly to: readonly number[] }
  | { readonly op: 'at'; readonly holds: (before: string | undefined, after: string | undefined) => boolean }
  | { readonly op: 'match' }

/** Gives whether the whole text matches; null where text and pattern together are too large to say. */
export type PatternTest = (text: string) => boolean | null

const MAX_INSTRUCTIONS = 2_000
const MAX_STEPS = 5_000_000
const MAX_DEPTH = 50

class Unsupported extends Error {}

const known = new Map<string, PatternTest | null>()

/** Compiles a pattern, each once. Null for one that is malformed, too large, or not spoken. */
export function compilePattern(pattern: string): PatternTest | null {
  const cached = known.get(pattern)
  if (cached !== undefined) return cached
  if (known.size > 1_000) known.clear()
  const compiled = compile(pattern)
  known.set(pattern, compiled)
  return compiled
}

function compile(pattern: string): PatternTest | null {
  try {
    // The platform judges the syntax: what it does not take, a form's author cannot have tried.
    new RegExp(pattern, 'u')
    const program = new Compiler(pattern).program()
    return (text) => run(program, text)
  } catch {
    return null
  }
}

/** Parses by descent and writes the instructions as it goes. Repetition of a part writes the part again. */
class Compiler {
  private readonly source: readonly string[]
  private at = 0
  private depth = 0
  private code: Instruction[] = []

  constructor(pattern: string) {
    this.source = [...pattern]
  }

  program(): readonly Instruction[] {
    this.alternatives()
    if (this.at < this.source.length) throw new Unsupported()
    this.emit({ op: 'match' })
    return this.code
  }

  private emit(instruction: Instruction): number {
    if (this.code.length >= MAX_INSTRUCTIONS) throw new Unsupported()
    return this.code.push(instruction) - 1
  }

  private alternatives(): void {
    const start = this.code.length
    const branches: Instruction[][] = []
    do {
      if (branches.length > 0) this.at += 1
      this.code.length = start
      this.sequence()
      branches.push(this.code.splice(start))
    } while (this.source[this.at] === '|')
    this.join(branches)
  }

  /** Branches were written from `start` each; they are moved to where they come to stand. */
  private join(branches: readonly Instruction[][]): void {
    const start = this.code.length
    const [only] = branches
    if (branches.length === 1 && only !== undefined) {
      only.forEach((instruction) => this.emit(instruction))
      return
    }
    const end = start + 1 + branches.reduce((sum, branch) => sum + branch.length + 1, 0)
    const entries: number[] = []
    this.emit({ op: 'split', to: entries })
    for (const branch of branches) {
      entries.push(this.code.length)
      this.paste(branch, start)
      this.emit({ op: 'split', to: [end] })
    }
  }

  /** Writes instructions that were written for another place. */
  private paste(part: readonly Instruction[], from: number): void {
    const shift = this.code.length - from
    for (const instruction of part)
      this.emit(instruction.op === 'split' ? { op: 'split', to: instruction.to.map((to) => to + shift) } : instruction)
  }

  private sequence(): void {
    while (this.at < this.source.length && this.source[this.at] !== '|' && this.source[this.at] !== ')') {
      const start = this.code.length
      this.atom()
      this.repeat(start)
    }
  }

  private atom(): void {
    const character = this.source[this.at] ?? ''
    if (character === '(') {
      this.group()
      return
    }
    if (character === '^' || character === '$') {
      this.at += 1
      this.emit({ op: 'at', holds: (before, after) => (character === '^' ? before : after) === undefined })
      return
    }
    const atom = character === '[' ? this.takeClass() : character === '\\' ? this.takeEscape() : this.take(1)
    if (atom === '\\b' || atom === '\\B') {
      const isEdge = atom === '\\b'
      this.emit({ op: 'at', holds: (before, after) => (isWord(before) !== isWord(after)) === isEdge })
    } else this.emit({ op: 'one', test: oneOf(atom) })
  }

  private group(): void {
    this.depth += 1
    if (this.depth > MAX_DEPTH) throw new Unsupported()
    this.at += 1
    if (this.source[this.at] === '?') {
      const head = /^\?(:|<[A-Za-z_]\w*>)/.exec(this.source.slice(this.at, this.at + 80).join(''))
      if (head === null) throw new Unsupported()
      this.at += head[0].length
    }
    this.alternatives()
    this.at += 1
    this.depth -= 1
  }

  private repeat(start: number): void {
    const found = /^(\*|\+|\?|\{(\d+)(,(\d*))?\})\??/.exec(this.source.slice(this.at, this.at + 20).join(''))
    if (found === null) return
    this.at += found[0].length
    const part = this.code.splice(start)
    const [min, max] = boundsOf(found)
    if (min > MAX_INSTRUCTIONS || (max !== null && max > MAX_INSTRUCTIONS)) throw new Unsupported()
    for (let time = 0; time < min; time += 1) this.paste(part, start)
    if (max === null) {
      const loop = this.code.length
      this.emit({ op: 'split', to: [loop + 1, loop + 2 + part.length] })
      this.paste(part, start)
      this.emit({ op: 'split', to: [loop] })
      return
    }
    const end = this.code.length + (max - min) * (part.length + 1)
    for (let time = min; time < max; time += 1) {
      this.emit({ op: 'split', to: [this.code.length + 1, end] })
      this.paste(part, start)
    }
  }

  private take(length: number): string {
    const taken = this.source.slice(this.at, this.at + length).join('')
    this.at += length
    return taken
  }

  private takeClass(): string {
    let length = 1
    for (; this.source[this.at + length] !== ']'; length += 1) if (this.source[this.at + length] === '\\') length += 1
    return this.take(length + 1)
  }

  private takeEscape(): string {
    const rest = this.source.slice(this.at, this.at + 60).join('')
    const found = /^\\(u\{[\dA-Fa-f]+\}|u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|[pP]\{[^}]*\}|c[A-Za-z]|[^1-9k])/u.exec(rest)
    if (found === null) throw new Unsupported()
    return this.take([...found[0]].length)
  }
}

function boundsOf(found: RegExpExecArray): [number, number | null] {
  const [, sign, min, range, max] = found
  if (sign === '*') return [0, null]
  if (sign === '+') return [1, null]
  if (sign === '?') return [0, 1]
  return [Number(min), range === undefined ? Number(min) : max === '' ? null : Number(max)]
}

const isWord = (character: string | undefined): boolean => character !== undefined && /\w/.test(character)

/** One character against one class: here the platform's own engine cannot take long. */
function oneOf(atom: string): (character: string) => boolean {
  const expression = new RegExp(`^${atom === '/' ? '\\/' : atom}$`, 'u')
  return (character) => expression.test(character)
}

function run(program: readonly Instruction[], text: string): boolean | null {
  const characters = [...text]
  if (characters.length * program.length > MAX_STEPS) return null
  let threads = closure(program, [0], undefined, characters[0])
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? ''
    const next = threads.flatMap((thread) => {
      const instruction = program[thread]
      return instruction?.op === 'one' && instruction.test(character) ? [thread + 1] : []
    })
    if (next.length === 0) return false
    threads = closure(program, next, character, characters[at + 1])
  }
  return threads.some((thread) => program[thread]?.op === 'match')
}

/** All instructions reached without taking a character, each once. */
function closure(
  program: readonly Instruction[],
  from: readonly number[],
  before: string | undefined,
  after: string | undefined,
): number[] {
  const seen = new Set<number>()
  const open = [...from]
  for (let thread = open.pop(); thread !== undefined; thread = open.pop()) {
    if (seen.has(thread)) continue
    seen.add(thread)
    const instruction = program[thread]
    if (instruction?.op === 'split') open.push(...instruction.to)
    else if (instruction?.op === 'at' && instruction.holds(before, after)) open.push(thread + 1)
  }
  return [...seen]
}
