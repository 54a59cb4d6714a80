/**
 * Messages and the faults generated from them, by which our validator is held against the official one. `own`: written by
 * Precert and the sandbox's payer, kept as they were when the verdicts were recorded. `examples`: the packages' own, which
 * stand beside the repository. `further`: the messages of `own`, broken in the ways that came later.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { faultsOf, type Mutation } from './fhir-faults.ts'
import { FURTHER_KINDS } from './further-fault-kinds.ts'
import { readSharedPackage } from './shared-data.ts'

const FOLDER = resolve(import.meta.dirname, '../fixtures/validation')
const FAULTS_AN_EXAMPLE = 4
const FURTHER_FAULTS = 20

export const GUIDES = ['pas-2.2.1', 'pas-2.0.1'] as const
export type Guide = (typeof GUIDES)[number]

export interface CorpusMessage {
  readonly name: string
  /** How many faults are made of it. */
  readonly faults: number
  readonly body: unknown
}

export interface CorpusCase {
  readonly name: string
  /** The kind of fault; `none` for the message as it is. */
  readonly kind: string
  readonly body: unknown
}

export interface Corpus {
  readonly name: string
  readonly guide: Guide
  /** The kinds of faults, where they are not the first ones; then the messages are not judged as they are too. */
  readonly kinds?: readonly Mutation[]
  messages(): readonly CorpusMessage[]
}

export const messagesFile = (guide: Guide): string => resolve(FOLDER, `own-${guide}.messages.ndjson`)
export const verdictsFile = ({ name }: Corpus): string => resolve(FOLDER, `${name}.verdicts.txt`)

const linesOf = (file: string): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [])

function examples(guide: Guide): CorpusMessage[] {
  const read = readSharedPackage(`hl7.fhir.us.davinci-${guide}`, 'package/example/')
  return [...read].map(([name, body]) => ({ name, faults: FAULTS_AN_EXAMPLE, body }))
}

const ownMessages = (guide: Guide): CorpusMessage[] =>
  linesOf(messagesFile(guide)).map((line) => JSON.parse(line) as CorpusMessage)

export const CORPORA: readonly Corpus[] = GUIDES.flatMap((guide): Corpus[] => [
  { name: `own-${guide}`, guide, messages: () => ownMessages(guide) },
  {
    name: `further-${guide}`,
    guide,
    kinds: FURTHER_KINDS,
    messages: () => ownMessages(guide).map((message) => ({ ...message, faults: FURTHER_FAULTS })),
  },
  { name: `examples-${guide}`, guide, messages: () => examples(guide) },
])

/** The messages and their faults: the same seed gives the same ones. */
export function casesOf(messages: readonly CorpusMessage[], seed = 0, kinds?: readonly Mutation[]): CorpusCase[] {
  return messages.flatMap(({ name, faults, body }, at) => [
    ...(kinds === undefined ? [{ name, kind: 'none', body }] : []),
    ...faultsOf(body, faults, seed + at, kinds).map((fault) => ({
      name: `${name} ${fault.at}`,
      kind: fault.kind,
      body: fault.body,
    })),
  ])
}

/** What a verdict was given on: another body under the same number is another case. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/** The recorded verdicts of a corpus: the digest of each case, and where the official validator found faults. */
export function recordedVerdicts(corpus: Corpus): { digest: string; places: string[] }[] {
  return linesOf(verdictsFile(corpus)).map((line) => {
    const [digest = '', ...places] = line.split('\t')
    return { digest, places }
  })
}
