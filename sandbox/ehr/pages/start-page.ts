/** The first page: what this is, and the way through each scenario in a few clicks. */
import { ANSWER_SCENARIOS, FORM_SCENARIOS, PERSONAS, SCENARIOS, type Persona, type Scenario } from '../../scenarios.ts'
import { html, type Html } from './html.ts'
import { linkAs, type EhrUser } from './layout.ts'

export interface StartView {
  readonly user: EhrUser
  readonly precertUrl: string
  readonly payers: readonly { readonly name: string; readonly url: string }[]
  /** What of SANDBOX_CHARTS could not be loaded. */
  readonly problems: readonly string[]
  readonly otherCharts: number
}

const PLANS: Readonly<Record<Persona['coverages'][number]['lineOfBusiness'], string>> = {
  'medicare-advantage': 'Medicare Advantage',
  medicaid: 'Medicaid',
  marketplace: 'Marketplace',
  commercial: 'Commercial',
}

const FINAL_STATES: Readonly<Record<Scenario['finalState'], string>> = {
  approved: 'Approved',
  'partly-approved': 'Partly approved',
  denied: 'Denied',
  pended: 'Waits for information',
  rejected: 'Rejected, correct and resend',
  unknown: 'Unknown until resolved',
}

/** Content of the start page. */
export function renderStart(view: StartView): Html {
  return html`<h1>Scenarios</h1>
    <p class="lead">
      This is a simulated EHR beside two simulated payers. The people are made up, the messages are real: what works
      here is meant to work outside.
    </p>
    <section class="panel" aria-label="The way through">
      <h2>The way through each scenario</h2>
      <ol class="steps">
        <li><strong>Open the orders</strong> of the patient, below.</li>
        <li>
          <strong>Add</strong> <em>Infliximab-dyyb infusion</em>, then <strong>Sign orders</strong>. Precert is asked
          and answers with a card.
        </li>
        <li><strong>Open Precert</strong> from the card. It opens in this EHR’s frame.</li>
        <li><strong>Complete the documentation</strong>: most answers are in the chart; confirm the score.</li>
        <li><strong>Sign and send</strong>, and watch the payer’s decision arrive.</li>
      </ol>
    </section>
    <section class="panel">
      <h2>Scenarios</h2>
      <table class="scenarios">
        <thead>
          <tr>
            <th scope="col">Scenario</th>
            <th scope="col">Patient</th>
            <th scope="col">What to expect</th>
            <th scope="col">Ends as</th>
          </tr>
        </thead>
        <tbody>
          ${OFFERED.map((scenario) => renderScenario(scenario, view.user))}
        </tbody>
      </table>
    </section>
    <section class="panel">
      <h2>What an intake meets every day</h2>
      <ul class="plain">
        ${listOtherPersonas().map(
          ({ persona, says }) =>
            html`<li>
              <a href="${linkAs(view.user, `/patients/${persona.patientId}/orders`)}">${nameOf(persona)}</a>: ${says}
            </li>`,
        )}
      </ul>
      ${
        view.otherCharts === 0
          ? null
          : html`<p>
              ${view.otherCharts} other charts were loaded; they are in the
              <a href="${linkAs(view.user, '/patients')}">list of patients</a>.
            </p>`
      }
    </section>
    ${view.problems.length === 0 ? null : renderProblems(view.problems)}
    <section class="panel">
      <h2>Behind the scenes</h2>
      <p>
        What a payer decides follows its policy’s criteria and the chart; how it behaves follows the member id (CSA
        answers, CSP pends, CSO tells its answers out of order, CSX does not find the member, CSS stays silent; CSF and
        CSQ are asked further questions).
      </p>
      <ul class="plain">
        <li>Precert: <code>${view.precertUrl}</code></li>
        ${view.payers.map(({ name, url }) => html`<li>${name}: <code>${url}</code></li>`)}
      </ul>
    </section>`
}

const OFFERED: readonly Scenario[] = [...SCENARIOS, ...ANSWER_SCENARIOS, ...FORM_SCENARIOS]

function renderScenario(scenario: Scenario, user: EhrUser): Html {
  const persona = PERSONAS.find(({ patientId }) => patientId === scenario.patientId)
  const coverage = persona?.coverages.find(({ memberId }) => memberId === scenario.memberId)
  return html`<tr>
    <th scope="row">${scenario.title}</th>
    <td>
      <a href="${linkAs(user, `/patients/${scenario.patientId}/orders`)}"
        >${persona === undefined ? scenario.patientId : nameOf(persona)}</a
      >
      <small
        >${scenario.payerId === 'caresource-oh' ? 'CareSource Ohio' : 'CareSource Georgia'}
        ${coverage === undefined ? '' : PLANS[coverage.lineOfBusiness]} · ${scenario.memberId}</small
      >
    </td>
    <td>${scenario.expect}</td>
    <td>${FINAL_STATES[scenario.finalState]}</td>
  </tr>`
}

const nameOf = (persona: Persona): string => `${persona.family}, ${persona.given.join(' ')}`

function listOtherPersonas(): readonly { readonly persona: Persona; readonly says: string }[] {
  return PERSONAS.filter((persona) => !OFFERED.some(({ patientId }) => patientId === persona.patientId)).map(
    (persona) => ({
      persona,
      says:
        persona.coverages.length === 0
          ? 'no coverage on file.'
          : persona.coverages.length > 1
            ? `${persona.coverages.length} active coverages: Precert asks which one.`
            : 'a coverage of a payer that Precert does not know.',
    }),
  )
}

function renderProblems(problems: readonly string[]): Html {
  return html`<section class="panel">
    <h2>Not loaded</h2>
    <p>From the folder of other charts, this was left out or does not fit:</p>
    <ul class="plain">
      ${problems.map((problem) => html`<li>${problem}</li>`)}
    </ul>
  </section>`
}
