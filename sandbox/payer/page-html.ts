/** Markup of the payer's page. */
import { FAULT_MODES, type FaultMode } from './behavior.ts'
import type { LineDecision, PayerRequest } from './ledger.ts'
import type { PayerDescription } from './page.ts'

const STYLE = `
body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#16202b;background:#f6f7f9}
header{background:#16202b;color:#fff;padding:1rem 1.5rem}header p{margin:0}h1{margin:0;font-size:1.4rem}
main{padding:1.5rem;max-width:80rem}section{background:#fff;border:1px solid #d5dae1;border-radius:8px;padding:1rem 1.25rem;margin-bottom:1.25rem}
h2{font-size:1.1rem;margin:0 0 .5rem}table{border-collapse:collapse;width:100%}
.scroll{overflow-x:auto}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-top:1px solid #d5dae1}
form{display:inline-block;margin:0 .25rem .25rem 0}button{font:inherit;padding:.25rem .6rem;border:1px solid #55606e;border-radius:6px;background:#fff;cursor:pointer}
label{margin-right:.75rem}input,select{font:inherit}code{font-size:.9em}.lines{white-space:nowrap}.twice{color:#8a1c1c;font-weight:600}`

const ACTION_WORDS: Readonly<Record<string, string>> = {
  A1: 'approved',
  A2: 'approved in part',
  A3: 'denied',
  A4: 'pended',
  A6: 'changed',
  C: 'cancelled',
  CT: 'asks to be called',
  NA: 'needs no approval',
}
const MODE_WORDS: Readonly<Record<FaultMode, string>> = {
  none: 'as the member id says',
  silent: 'takes requests in and never answers',
  'drop-after-processing': 'processes, then drops the connection',
  'error-500': 'answers 500',
  'refuse-422': 'turns requests back',
  'malformed-json': 'answers broken JSON',
  nonsense: 'answers nonsense',
  'bad-characters': 'puts bad characters into its texts',
}

/** The whole page. */
export function renderPage(payer: PayerDescription, requests: readonly PayerRequest[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(payer.name)} (simulation)</title><style>${STYLE}</style></head><body>
<header><h1>${escape(payer.name)}</h1><p>A simulated payer. Nothing here is real: no member, no decision, no number.</p></header>
<main>${renderBehavior(payer)}${renderRequests(payer, requests)}${renderPolicy(payer)}</main></body></html>`
}

function renderBehavior(payer: PayerDescription): string {
  const options = FAULT_MODES.map(
    (mode) => `<option value="${mode}"${mode === payer.mode ? ' selected' : ''}>${escape(MODE_WORDS[mode])}</option>`,
  )
  return `<section aria-labelledby="how"><h2 id="how">How it behaves</h2>
<p>CRD ${escape(payer.dialect)}, DTR 2.2, PAS 2.2.1. It ${payer.deduplicates ? 'recognizes a repeated request' : 'processes a repeated request again'}.
Active subscriptions: ${payer.subscriptions}. A number that begins with CSA is answered, CSP pended first, CSX not found, CSS met with silence,
CSC gets one code after the other, CSE an answer with everything in it.</p>
<form method="post" action="/sandbox/behavior"><label>Delay in ms <input name="delayMs" type="number" min="0" max="60000" value="${payer.delayMs}"></label>
<label>It <select name="mode">${options.join('')}</select></label><button>Set</button></form></section>`
}

function renderRequests(payer: PayerDescription, requests: readonly PayerRequest[]): string {
  const rows = requests.map(
    (
      request,
    ) => `<tr><td><time datetime="${escape(request.receivedAt)}">${renderInstant(request.receivedAt)}</time></td><td><code>${escape(request.memberId)}</code></td>
<td><code>${escape(request.claimIdentifier.split('|').at(-1) ?? '')}</code></td><td>${renderCounts(request, requests)}</td>
<td>${renderState(request)}</td><td class="lines">${request.lines.map(renderLine).join('<br>')}</td><td>${renderButtons(request)}</td></tr>`,
  )
  const body =
    rows.length === 0
      ? '<p>Nothing yet.</p>'
      : `<div class="scroll" role="region" aria-label="Requests" tabindex="0"><table><thead><tr>${HEADINGS}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
  return `<section aria-labelledby="what"><h2 id="what">What ${escape(payer.id)} received</h2>${body}</section>`
}

const HEADINGS = ['Received', 'Member', 'Request', 'Times', 'State', 'Lines', 'A person decides']
  .map((heading) => `<th scope="col">${heading}</th>`)
  .join('')

/** How often this request came and was processed, over all its arrivals: more than once is a request decided twice. */
function renderCounts(request: PayerRequest, all: readonly PayerRequest[]): string {
  const same = all.filter((one) => one.claimIdentifier === request.claimIdentifier)
  const received = same.reduce((sum, one) => sum + one.received, 0)
  const text = `received ${received}, processed ${same.length}`
  return same.length > 1 ? `<span class="twice">${text}</span>` : text
}

/** An instant to the second. */
function renderInstant(instant: string): string {
  return escape(`${instant.slice(0, 19).replace('T', ' ')} UTC`)
}

function renderState(request: PayerRequest): string {
  if (request.state === 'silent') return 'lies there, unanswered'
  return request.dueAt === null ? request.state : `pended until ${renderInstant(request.dueAt)}`
}

function renderLine({ sequence, code, reviewAction, number }: LineDecision): string {
  return escape(
    `${sequence}: ${code} ${ACTION_WORDS[reviewAction] ?? reviewAction}${number === null ? '' : `, ${number}`}`,
  )
}

function renderButtons({ id, serial, state, answer }: PayerRequest): string {
  const decide = state === 'decided' || state === 'rejected' ? [] : [['by-policy', 'Decide by the policy'] as const]
  const rulings = [...decide, ['approve', 'Approve'] as const, ['deny', 'Deny'] as const]
  const forms = rulings.map(
    ([ruling, label]) =>
      `<form method="post" action="/sandbox/decide"><input type="hidden" name="id" value="${escape(id)}"><button name="ruling" value="${ruling}" aria-label="${label}: request ${serial}">${label}</button></form>`,
  )
  const again = `<form method="post" action="/sandbox/notify"><button name="id" value="${escape(id)}" aria-label="Tell again: request ${serial}">Tell again</button></form>`
  return forms.join('') + (answer === null ? '' : again)
}

function renderPolicy(payer: PayerDescription): string {
  const items = payer.criteria.map((text) => `<li>${escape(text)}</li>`).join('')
  return `<section aria-labelledby="policy"><h2 id="policy">What it decides by</h2><p><code>${escape(payer.questionnaire)}</code></p><ol>${items}</ol></section>`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
