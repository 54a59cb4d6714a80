/** Serves what the rendering bench opens: the app as it was built with one case behind it, and the peer's page. */
import type { LaunchView } from '#domain/contract/launch.ts'
import { serveApp, type FormServer } from '../test/support/form-server.ts'
import { generateForm, viewOf } from './render-forms.ts'

const LAUNCH: LaunchView = {
  launchId: 'bench',
  user: { name: 'Bench', role: 'clinician', reference: null, npi: null, maySign: true },
  patient: {
    reference: 'Patient/bench',
    name: 'Bench, Patient',
    gender: 'female',
    birthDate: '1992-03-12',
    ageYears: 34,
    mrn: '1',
  },
  needPatientBanner: true,
  ehrName: 'Bench',
  timeZone: 'UTC',
  missingScopes: [],
  focusGroupId: null,
  cases: [],
}

/** A case's id is the form it holds: `items-expressions`. */
export function serveForms(peer: { readonly script: string } | null): Promise<FormServer> {
  return serveApp(({ method, path }) => {
    const [, items = '0', expressions = '0'] = /(\d+)-(\d+)/.exec(path) ?? []
    const form = () => generateForm(Number(items), Number(expressions))
    if (path === '/api/launch/bench') return LAUNCH
    if (method === 'PUT') return { version: 2, savedAt: '2026-11-28T10:00:00Z' }
    if (path.endsWith('/presence')) return { version: 1, editors: [] }
    if (path.startsWith('/api/') && path.endsWith('/form')) return viewOf(form(), path)
    if (path === '/peer.js') return { type: 'text/javascript', text: peer?.script ?? '' }
    if (path.startsWith('/peer/')) return { type: 'text/html', text: peerPage(JSON.stringify(form())) }
    return undefined
  })
}

const peerPage = (form: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Peer</title></head><body><div id="root"></div>
<script>window.form = ${form.replaceAll('<', '\\u003c')}</script><script type="module" src="/peer.js"></script></body></html>`
