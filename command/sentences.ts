/** Messages as people read them: the sentences of the English locale file. */
import { readFileSync } from 'node:fs'
import type { Message } from '../src/domain/result.ts'

const FILE = new URL('../src/app/locales/en.json', import.meta.url)
const sentences = JSON.parse(readFileSync(FILE, 'utf8')) as Readonly<Record<string, string>>

export function sentenceOf({ key, params = {} }: Message): string {
  const plural = params['count'] === 1 ? `${key}_one` : `${key}_other`
  const sentence = sentences[key] ?? sentences[plural] ?? key
  return sentence.replace(/\{\{(\w+)\}\}/g, (_whole, name: string) => String(params[name] ?? ''))
}
