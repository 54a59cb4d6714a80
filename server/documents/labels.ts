import labels from './labels.en.json' with { type: 'json' }
import type { Message } from '#domain/result.ts'

/** The English sentence of a document label. Throws on a key that has none: a bug that the tests catch. */
export function labelOf(label: Message | string): string {
  if (typeof label === 'string') return label
  const template = (labels as Record<string, string>)[label.key]
  if (template === undefined) throw new Error(`no document label for ${label.key}`)
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(label.params?.[name] ?? ''))
}
