/**
 * Formats that a sentence may ask for by name: `{{at, dateTime}}`, `{{on, date}}`, `{{asked, amount}}`. The domain and the
 * server hand over ISO strings and decimals; only here do they become words of a language.
 */
import type { i18n as I18n } from 'i18next'
import { formatsOf } from './format.ts'

export function registerFormats(instance: I18n): void {
  const formatter = instance.services.formatter
  if (formatter === undefined) return
  const formats = (language: string | undefined) => formatsOf(language ?? 'en')
  formatter.add('date', (value, language) => formats(language).date(String(value)))
  formatter.add('dateTime', (value, language) => formats(language).dateTime(String(value)))
  formatter.add('time', (value, language) => formats(language).time(String(value)))
  formatter.add('amount', (value, language) => formats(language).number(String(value)))
}
