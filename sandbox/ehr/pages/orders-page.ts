/** The order screen: choose, sign, and what decision support had to say. */
import { EXT } from '#domain/fhir/canonical.ts'
import { ORDER_TEMPLATE_TITLES, ORDER_TEMPLATES } from '../../charts/orders.ts'
import type { Card } from '../cds/hook-response.ts'
import { readGroup, type Signing } from '../order-desk.ts'
import { readConcept, readPath, readText, toReference, type StoredResource } from '../resource.ts'
import { html, renderMarkdown, type Html } from './html.ts'
import { linkAs, type EhrUser } from './layout.ts'

export interface OrdersView {
  readonly patientId: string
  readonly user: EhrUser
  readonly orders: readonly StoredResource[]
  readonly signing: Signing | undefined
  /** Dose of the infusion template, or null where it cannot be chosen. */
  readonly doseMgPerKg: number | null
}

/** The Orders tab. */
export function renderOrders(view: OrdersView): Html {
  const { user, patientId } = view
  const action = (name: string): string => linkAs(user, `/patients/${patientId}/${name}`)
  const hasDrafts = view.orders.some((order) => order['status'] === 'draft')
  return html`<h1>Orders</h1>
    ${view.signing === undefined ? null : renderSigning(view, view.signing)}
    ${
      view.orders.length === 0
        ? html`<section class="panel">
            <p class="quiet">Nothing has been ordered here yet. Choose an order below.</p>
          </section>`
        : renderGroups(view)
    }
    ${hasDrafts ? renderSignBar(user, action) : null}
    <section class="panel">
      <h2>New order</h2>
      ${
        user.maySign
          ? renderTemplates(view, action('orders'))
          : html`<p class="quiet">${user.name} does not write orders. Switch to a clinician to order.</p>`
      }
    </section>
    ${
      view.orders.length === 0
        ? null
        : html`<p class="aside">
            <a class="button" href="${action('app')}">Launch Precert</a>
            <span class="quiet">Opens Precert for these orders without a decision support call.</span>
          </p>`
    }`
}

function renderTemplates(view: OrdersView, action: string): Html {
  return html`<ul class="templates">
    ${ORDER_TEMPLATES.map(
      (template) =>
        html`<li>
          <form method="post" action="${action}">
            <input type="hidden" name="template" value="${template}" />
            <strong>${ORDER_TEMPLATE_TITLES[template]}</strong>
            ${
              template === 'infliximab-infusion' && view.doseMgPerKg !== null
                ? html`<label
                    >Dose
                    <input type="number" name="dose" min="1" max="20" step="0.5" value="${view.doseMgPerKg}" required />
                    mg/kg</label
                  >`
                : null
            }
            <button type="submit" aria-label="Add ${ORDER_TEMPLATE_TITLES[template]}">Add</button>
          </form>
        </li>`,
    )}
  </ul>`
}

function renderSignBar(user: EhrUser, action: (name: string) => string): Html {
  if (!user.maySign) return html`<p class="quiet">A clinician has to sign these drafts.</p>`
  return html`<div class="sign">
    <form
      method="post"
      action="${action('sign')}"
      data-waiting="Asking decision support…"
      data-skip="${action('skip')}"
    >
      <button class="primary" type="submit">Sign orders</button>
    </form>
    <form method="post" action="${action('discard')}"><button type="submit">Discard drafts</button></form>
  </div>`
}

function renderGroups({ orders }: OrdersView): Html {
  const groups = new Map<string, StoredResource[]>()
  for (const order of orders) {
    const key = readGroup(order) ?? order.id
    groups.set(key, [...(groups.get(key) ?? []), order])
  }
  return html`${[...groups.values()].map(
    (group) =>
      html`<section class="panel">
        <h2>${readTitle(group[0])} ${renderStatus(group[0])}</h2>
        <table>
          <thead>
            <tr>
              <th scope="col">Order</th>
              <th scope="col">Details</th>
              <th scope="col">For</th>
              <th scope="col">Coverage</th>
            </tr>
          </thead>
          <tbody>
            ${group.map(
              (order) =>
                html`<tr>
                  <td>${readTitle(order)}</td>
                  <td>${readDetails(order)}</td>
                  <td>${readConcept(order, 'reasonCode')}</td>
                  <td>${readCoverageWords(order)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </section>`,
  )}`
}

function renderStatus(order: StoredResource | undefined): Html {
  return order?.['status'] === 'draft'
    ? html`<span class="chip open">Not signed</span>`
    : html`<span class="chip done">Signed</span>`
}

const readTitle = (order: StoredResource | undefined): string =>
  (order &&
    (readConcept(order, 'medicationCodeableConcept') ??
      readConcept(order, 'code') ??
      readConcept(order, 'codeCodeableConcept'))) ??
  'Order'

function readDetails(order: StoredResource): string {
  const doses = readPath(order, 'dosageInstruction.text').filter((text) => typeof text === 'string')
  if (doses.length > 0) return doses.join('; ')
  const count = readPath(order, 'quantityQuantity.value')[0]
  return typeof count === 'number' ? `${count} units` : ''
}

const NEEDS: Readonly<Record<string, string>> = {
  'no-auth': 'No authorization needed',
  'auth-needed': 'Authorization needed',
  satisfied: 'Authorization satisfied',
  performpa: 'The performer must obtain authorization',
  conditional: 'Depends on details that are not in the order',
  indeterminate: 'Unknown: the payer could not say',
}

/** The payer's annotation in words; without one nothing is claimed. */
function readCoverageWords(order: StoredResource): string {
  const annotation = readPath(order, 'extension').find(
    (extension) => readText(extension, 'url') === EXT.coverageInformation,
  )
  if (annotation === undefined) return 'No answer'
  const valueOf = (name: string): string | undefined =>
    readText(
      readPath(annotation, 'extension').find((extension) => readText(extension, 'url') === name),
      'valueCode',
    )
  if (valueOf('covered') === 'not-covered') return 'Not covered'
  return NEEDS[valueOf('pa-needed') ?? ''] ?? 'Unknown: the payer could not say'
}

function renderSigning(view: OrdersView, signing: Signing): Html {
  const seconds = (signing.ms / 1000).toFixed(1)
  return html`<section class="support" aria-label="Decision support" role="status">
    <h2>Decision support <span class="quiet">answered in ${seconds} s</span></h2>
    ${signing.problems.map((problem) => html`<p class="problem">${problem}</p>`)}
    ${listApplied(view, signing).map((text) => html`<p class="applied">${text}</p>`)}
    ${signing.cards.length === 0 && signing.problems.length === 0 ? html`<p class="quiet">No card is left to show.</p>` : null}
    ${signing.cards.map((card) => renderCard(view, card))}
  </section>`
}

/** One line for each statement, with the orders it was written to. */
function listApplied({ orders }: OrdersView, { applied }: Signing): readonly string[] {
  const titles = new Map<string, string[]>()
  for (const { description, reference } of applied) {
    const title = readTitle(orders.find((order) => toReference(order) === reference))
    titles.set(description, [...(titles.get(description) ?? []), title])
  }
  return [...titles].map(([description, of]) => `${description === '' ? 'Annotated' : description}: ${of.join(', ')}`)
}

const INDICATORS = { info: 'Information', warning: 'Warning', critical: 'Critical' } as const

function renderCard({ patientId, user }: OrdersView, card: Card): Html {
  const at = (path: string): string => linkAs(user, `/patients/${patientId}/${path}`)
  return html`<article class="card ${card.indicator}" aria-label="${card.summary}">
    <h3>${card.summary}</h3>
    <p class="source">${INDICATORS[card.indicator]} · ${card.source}</p>
    ${card.detail === null ? null : renderMarkdown(card.detail)}
    <div class="actions">
      ${card.links.map((link, index) =>
        link.type === 'smart'
          ? html`<a class="button primary" href="${at(`app?card=${encodeURIComponent(card.uuid)}&link=${index}`)}"
              >${link.label}</a
            >`
          : /^https?:/.test(link.url)
            ? html`<a class="button" href="${link.url}" target="_blank" rel="noopener noreferrer">${link.label}</a>`
            : null,
      )}
      ${card.suggestions.map(
        (suggestion, index) =>
          html`<form method="post" action="${at(`cards/${encodeURIComponent(card.uuid)}/accept`)}">
            <input type="hidden" name="suggestion" value="${index}" />
            <button type="submit">${suggestion.label}</button>
          </form>`,
      )}
      <form method="post" action="${at(`cards/${encodeURIComponent(card.uuid)}/dismiss`)}">
        ${
          card.overrideReasons.length === 0
            ? null
            : html`<label
                >Reason
                <select name="reason">
                  ${card.overrideReasons.map(({ code, display }) => html`<option value="${code}">${display}</option>`)}
                </select></label
              >`
        }
        <button type="submit" aria-label="Dismiss: ${card.summary}">Dismiss</button>
      </form>
    </div>
  </article>`
}
