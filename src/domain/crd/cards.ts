/**
 * Our own cards: labelled with our product, never with the insurer's name (crd.md §1.2). Cards are read inside the EHR, so
 * their sentences are here, in one table, and not in the app's locale file.
 */
import { SYSTEM } from '../fhir/canonical.ts'
import type { JsonObject } from './json.ts'
import type { CrdVersion } from './sub-extension.ts'

const PRODUCT = 'Precert'
/** Inferno wants a summary of fewer than 140 characters. */
const SUMMARY_LIMIT = 139

const TEXT = {
  open: 'Prior authorization: open Precert to complete what the payer asks for',
  link: 'Open Precert',
  about: (orders: string): string => `About: ${orders}.`,
  noAnswer: (payers: string): string => `${payers} did not answer: whether authorization is needed is unknown`,
  notAsked: {
    'no-coverage': 'No payer was asked: the chart has no active coverage for this order',
    'several-coverages': 'No payer was asked: several coverages could pay; choose one in Precert',
    'unknown-payer': 'No payer was asked: the payer of this coverage is not registered with Precert',
  },
  noAnswerDetail: 'No answer is not a "no". Ask again before the service is given.',
} as const

export interface LaunchLink {
  readonly url: string
  readonly appContext: string
}

interface CardInput {
  readonly uuid: string
  readonly version: CrdVersion
  /** In human terms (dev-24): what a person calls the orders that the card is about. */
  readonly orderTitles: readonly string[]
  readonly orderReferences: readonly string[]
  readonly link: LaunchLink | null
}

/** Markdown of a name out of the chart: characters that Markdown or HTML would read are escaped. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|!]/g, '\\$&')
}

function shorten(text: string): string {
  return text.length <= SUMMARY_LIMIT ? text : `${text.slice(0, SUMMARY_LIMIT - 1)}…`
}

function associatedResources(references: readonly string[], version: CrdVersion): unknown {
  return version === '2.0.1' ? references : references.map((reference) => ({ reference }))
}

function buildCard(input: CardInput, indicator: 'info' | 'warning', summary: string, detail: string): JsonObject {
  return {
    uuid: input.uuid,
    summary: shorten(summary),
    indicator,
    detail,
    source: {
      label: PRODUCT,
      topic: { system: input.version === '2.2' ? SYSTEM.crdCardType : SYSTEM.crdTemp, code: 'coverage-info' },
    },
    ...(input.link === null
      ? {}
      : {
          links: [{ label: TEXT.link, url: input.link.url, type: 'smart', appContext: input.link.appContext }],
        }),
    extension: { 'davinci-crd.associated-resource': associatedResources(input.orderReferences, input.version) },
  }
}

/** The card that opens Precert at one order group (Launch SMART shape). */
export function buildLaunchCard(input: CardInput & { readonly link: LaunchLink }): JsonObject {
  return buildCard(input, 'info', TEXT.open, TEXT.about(input.orderTitles.map(plain).join('; ')))
}

/** The card that says plainly that no payer answered; with a link where launch cards are allowed. */
export function buildNoAnswerCard(input: CardInput, payerNames: readonly string[]): JsonObject {
  const about = TEXT.about(input.orderTitles.map(plain).join('; '))
  return buildCard(input, 'warning', TEXT.noAnswer(payerNames.join(', ')), `${TEXT.noAnswerDetail} ${about}`)
}

/** Why nobody was asked about an order. */
export type NotAskedReason = keyof typeof TEXT.notAsked

/** The card that says that nobody was asked, and why: an empty answer would look like "no authorization needed". */
export function buildNotAskedCard(input: CardInput, reason: NotAskedReason): JsonObject {
  return buildCard(input, 'info', TEXT.notAsked[reason], TEXT.about(input.orderTitles.map(plain).join('; ')))
}
