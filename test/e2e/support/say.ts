/** The app's own sentences, by their keys: a test finds a button by what it is for, not by how it is worded today. */
import en from '../../../src/app/locales/en.json' with { type: 'json' }

const SENTENCES: Readonly<Record<string, string>> = en

/** Matches the whole sentence in any number (one, other), whatever stands in its places for values. */
export function say(key: string): RegExp {
  const forms = [key, `${key}_one`, `${key}_other`].map((name) => SENTENCES[name]).filter((form) => form !== undefined)
  if (forms.length === 0) throw new Error(`The locale file has no sentence ${key}`)
  return new RegExp(`^\\s*(?:${forms.map(toPattern).join('|')})`)
}

/** The same sentence anywhere in a text. */
export function unanchored(key: string): RegExp {
  return new RegExp(say(key).source.replace('^\\s*', ''))
}

function toPattern(sentence: string): string {
  return sentence
    .replace(/<\/?\w+>/g, '')
    .split(/\{\{[^}]*\}\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.+')
}
