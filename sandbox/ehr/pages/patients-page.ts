/** The list of patients. */
import { readText, type StoredResource } from '../resource.ts'
import { formatDate, formatName } from './format.ts'
import { html, type Html } from './html.ts'
import { linkAs, type EhrUser } from './layout.ts'

/** Patients in groups; an empty group is left out by the caller. */
export function renderPatients(
  groups: readonly { readonly title: string; readonly patients: readonly StoredResource[] }[],
  user: EhrUser,
): Html {
  return html`<h1>Patients</h1>
    ${groups.map(
      ({ title, patients }) =>
        html`<section class="panel">
          <h2>${title}</h2>
          <table>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Born</th>
                <th scope="col">Sex</th>
                <th scope="col">Orders</th>
              </tr>
            </thead>
            <tbody>
              ${patients.map(
                (patient) =>
                  html`<tr>
                    <td><a href="${linkAs(user, `/patients/${patient.id}/summary`)}">${formatName(patient)}</a></td>
                    <td>${formatDate(readText(patient, 'birthDate'))}</td>
                    <td>${readText(patient, 'gender')}</td>
                    <td>
                      <a
                        href="${linkAs(user, `/patients/${patient.id}/orders`)}"
                        aria-label="Orders of ${formatName(patient)}"
                        >Orders</a
                      >
                    </td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </section>`,
    )}`
}
