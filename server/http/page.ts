/** The pages that the server renders around the launch: templates and texts are data in `launch/`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findUp } from '../find-up.ts'

const LANGUAGES = ['en', 'es'] as const
type Language = (typeof LANGUAGES)[number]

/** What a person reads on a page. `steps` says what to do. */
export interface PageText {
  readonly title: string
  readonly body: string
  readonly step: string
}

export interface PageTexts {
  readonly reference: string
  readonly opening: PageText
  readonly continue: string
  readonly refusals: Readonly<Record<string, PageText>>
}

export type Pages = ReturnType<typeof loadPages>

/** Reads templates and texts once; throws where one is missing. */
export function loadPages() {
  const read = (path: string): string => readFileSync(join(findUp('launch/pages'), '..', path), 'utf8')
  const templates = { launch: read('pages/launch.html'), refusal: read('pages/refusal.html') }
  const texts = Object.fromEntries(
    LANGUAGES.map((language) => [language, JSON.parse(read(`text/${language}.json`))]),
  ) as Record<Language, PageTexts>

  return {
    textsFor: (acceptLanguage: string | undefined): { language: Language; texts: PageTexts } => {
      const language = chooseLanguage(acceptLanguage)
      return { language, texts: texts[language] }
    },
    render: (template: keyof typeof templates, values: Readonly<Record<string, string | SafeHtml>>): string =>
      fill(templates[template], values),
  }
}

/** HTML that was escaped already. */
export class SafeHtml {
  readonly html: string
  constructor(html: string) {
    this.html = html
  }
}

/** A hidden field per name and value. */
export function hiddenFields(fields: readonly (readonly [string, string])[]): SafeHtml {
  return new SafeHtml(
    fields
      .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}" />`)
      .join('\n'),
  )
}

/** Replaces each `{{name}}`; throws for a name without a value. */
function fill(template: string, values: Readonly<Record<string, string | SafeHtml>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_match, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`The page needs a value for ${name}`)
    return value instanceof SafeHtml ? value.html : escapeHtml(value)
  })
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** The first language of the browser's list that we have; English where there is none. */
function chooseLanguage(acceptLanguage = ''): Language {
  const wanted = acceptLanguage.split(',').map((each) => each.trim().slice(0, 2).toLowerCase())
  return wanted.map((code) => LANGUAGES.find((language) => language === code)).find(Boolean) ?? 'en'
}
