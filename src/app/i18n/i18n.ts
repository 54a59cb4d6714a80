/**
 * The locale files and i18next around them. A sentence is found by a flat key (`case.title.approved`); English stands in
 * for what another language lacks. Each file is loaded by itself, so that nobody loads a language they do not read.
 */
import { createInstance, type i18n as I18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import { registerFormats } from './message-formats.ts'

const FILES = import.meta.glob<Readonly<Record<string, string>>>('../locales/*.json', { import: 'default' })

export const LANGUAGES = ['en', 'es'] as const
export type Language = (typeof LANGUAGES)[number]

/** The first of the browser's languages that we speak. */
export function pickLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const match = LANGUAGES.find((language) => tag.toLowerCase().split('-')[0] === language)
    if (match !== undefined) return match
  }
  return 'en'
}

/** The reader's own form of a language (`en-GB`). A browser without a locale says `en-US@posix`, which no formatter takes. */
export function pickLocale(preferred: readonly string[], language: Language): string {
  const own = preferred.map((tag) => tag.split('@')[0] ?? '').find((tag) => tag.toLowerCase().startsWith(language))
  try {
    return Intl.getCanonicalLocales(own)[0] ?? language
  } catch {
    return language
  }
}

/** Loads the language and, behind it, English. Numbers and dates follow `locale` (`en-GB`), sentences its language. */
export async function startI18n(preferred: readonly string[]): Promise<I18n> {
  const language = pickLanguage(preferred)
  const locale = pickLocale(preferred, language)
  const wanted = language === 'en' ? [language] : [language, 'en']
  const loaded = await Promise.all(wanted.map(async (name) => [name, await readFile(name)] as const))
  const instance = createInstance()
  await instance.use(initReactI18next).init({
    lng: locale,
    fallbackLng: 'en',
    resources: Object.fromEntries(loaded.map(([name, translation]) => [name, { translation }])),
    keySeparator: false,
    nsSeparator: false,
    // React escapes what it renders.
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  registerFormats(instance)
  return instance
}

async function readFile(language: string): Promise<Readonly<Record<string, string>>> {
  const load = FILES[`../locales/${language}.json`]
  if (load === undefined) throw new Error(`No locale file for ${language}`)
  return load()
}
