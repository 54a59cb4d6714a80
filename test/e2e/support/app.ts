/** Precert's four screens as a person works through them. */
import { readFileSync } from 'node:fs'
import type { Questionnaire, QuestionnaireItem } from 'fhir/r4'
import type { FrameLocator, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { say } from './say.ts'

/** The app, in a frame or in a page of its own. */
export type App = FrameLocator | Page

export const button = (app: App, key: string): Locator => app.getByRole('button', { name: say(key) })
export const heading = (app: App): Locator => app.getByRole('heading', { level: 1 })

/** What a person answers where the chart cannot: item key (path of link ids) to a plain value. */
export type PersonAnswers = Readonly<Record<string, string | number | boolean>>

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T
const QUESTIONNAIRE = readJson<Questionnaire>('questionnaires/cs-infusion/questionnaire.json')

/** The expected answers of a person, from the questionnaire package's own record. */
export function readPersonAnswers(patientId: string): PersonAnswers {
  return readJson<{ person: PersonAnswers }>(`questionnaires/cs-infusion/expected/${patientId}.json`).person
}

/** Waits for the coverage screen and goes on to the questionnaire. */
export async function startForm(app: App): Promise<void> {
  await button(app, 'coverage.complete').click()
  await awaitForm(app)
}

/** The questionnaire stands when its footer does. */
export async function awaitForm(app: App): Promise<void> {
  await button(app, 'form.leave').waitFor()
}

/** Gives a person's answers and confirms what waits for confirmation, then goes on to the review. */
export async function completeForm(app: App, answers: PersonAnswers): Promise<void> {
  for (const [key, value] of Object.entries(answers)) await answerQuestion(app, key.split('/').at(-1) ?? '', value)
  await confirmAll(app)
  await button(app, 'form.review').click()
}

export async function confirmAll(app: App): Promise<void> {
  const waiting = app.locator('[data-confirm]')
  while ((await waiting.count()) > 0) await waiting.first().click()
}

export const question = (app: App, linkId: string): Locator => app.locator(`[data-item="${linkId}"]`)

/** Answers one question by its own control. */
export async function answerQuestion(app: App, linkId: string, value: string | number | boolean): Promise<void> {
  const item = findItem(QUESTIONNAIRE.item ?? [], linkId)
  const place = question(app, linkId)
  if (item.type === 'choice') {
    const label = item.answerOption?.find((option) => option.valueCoding?.code === value)?.valueCoding?.display ?? ''
    const radio = place.getByRole('radio', { name: label, exact: true })
    if ((await radio.count()) > 0) await radio.check()
    else await place.getByRole('combobox').selectOption({ label })
  } else if (item.type === 'boolean') {
    await place.getByRole('radio', { name: say(value === true ? 'form.yes' : 'form.no') }).check()
  } else {
    await place.getByRole('textbox').fill(String(value))
    await place.getByRole('textbox').blur()
  }
}

function findItem(items: readonly QuestionnaireItem[], linkId: string): QuestionnaireItem {
  const all = (list: readonly QuestionnaireItem[]): QuestionnaireItem[] =>
    list.flatMap((item) => [item, ...all(item.item ?? [])])
  const found = all(items).find((item) => item.linkId === linkId)
  if (found === undefined) throw new Error(`The questionnaire has no item ${linkId}`)
  return found
}

/** Attests, signs, and waits for the case page. */
export async function signAndSend(app: App): Promise<void> {
  await app.getByRole('checkbox', { name: say('review.sign.attest') }).check()
  await button(app, 'review.sign.send').click()
  await app.getByRole('heading', { name: say('case.timeline') }).waitFor()
}

/** Waits until the page's heading says this. */
export async function awaitHeading(app: App, key: string): Promise<void> {
  await app.getByRole('heading', { level: 1, name: say(key) }).waitFor()
}

/** Per line its number and what was decided. */
export async function readDecisions(app: App): Promise<readonly string[]> {
  return (await readLines(app)).map((row) => `${row[0] ?? ''} ${row[2]?.split('\n')[0] ?? ''}`.trim())
}

/** Per line its authorization number and the time that it holds. */
export async function readAuthorizations(app: App): Promise<readonly string[]> {
  return (await readLines(app)).map((row) => row[5] ?? '')
}

/** The cells of the table of lines. */
async function readLines(app: App): Promise<readonly (readonly string[])[]> {
  const cells = await app
    .getByRole('table')
    .getByRole('row')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll<HTMLElement>('[role=cell]')].map((cell) => cell.innerText)),
    )
  // A row without a number holds the payer's words about the line above it.
  return cells.filter((row) => /^\d+$/.test(row[0]?.trim() ?? ''))
}

export async function expectText(place: Locator, pattern: RegExp): Promise<void> {
  await expect.poll(() => place.innerText(), { timeout: 30_000 }).toMatch(pattern)
}
