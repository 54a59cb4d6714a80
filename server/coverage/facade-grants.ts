/**
 * Short rights to read through the façade: bound to tenant, user, patient, payer and coverage; ended when the call is done,
 * at the latest by their time. Kept in memory for this node and sealed in the database for the others, where there can be
 * any; the token itself is kept nowhere, its hash is (crd.md §4.2).
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Coverage, FhirResource } from 'fhir/r4'
import { addDuration, epochSeconds } from '#domain/time.ts'
import type { ChartAccess } from '../clients/ehr-fhir.ts'
import type { EhrClient } from '../context.ts'
import type { PayerConfig, TenantConfig } from '../config.ts'
import type { FacadeGrantRow } from '../store/repositories/facade-grants.ts'
import type { Store } from '../store/store.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import type { Directory } from './directory.ts'
import { FACADE_TYPES, openFacadeView, type FacadeView } from './facade-view.ts'

const TOKEN_BYTES = 32

/** Through whose token the chart is read. */
export type ChartSource =
  { readonly kind: 'hook'; readonly accessToken: string } | { readonly kind: 'launch'; readonly launchId: string }

export interface GrantInput {
  readonly tenant: TenantConfig
  readonly payer: PayerConfig
  readonly userId: string
  readonly patientId: string
  readonly coverage: Coverage
  readonly source: ChartSource
  readonly known: readonly FhirResource[]
}

export interface IssuedGrant {
  readonly base: string
  readonly token: string
  readonly expiresInSeconds: number
  readonly scope: string
  readonly subject: string
  readonly view: FacadeView
  /** Ends the grant, unless the payer's configuration lets it live to its time. */
  done(): void
}

/** What a façade request works with once its token was accepted. */
export interface OpenGrant {
  readonly payerId: string
  readonly view: FacadeView
}

export interface FacadeGrantsDeps {
  readonly baseUrl: string
  readonly tenants: ReadonlyMap<string, TenantConfig>
  readonly store: Pick<Store, 'isShared' | 'read' | 'statement' | 'facadeGrants'>
  readonly now: () => string
  readonly background: BackgroundTasks
  readonly directory: (tenantId: string) => Directory
  /** The access log under the payer's name. */
  readonly logFor: (reader: {
    readonly tenant: TenantConfig
    readonly payerId: string
    readonly patientId: string
    readonly source: ChartSource
  }) => (access: ChartAccess) => void
  /** Opens the EHR for a payer's reads. */
  readonly openReader: (
    input: Omit<GrantInput, 'payer' | 'known' | 'coverage'> & { readonly payerId: string },
  ) => EhrClient
}

interface StoredGrant {
  readonly userId: string
  readonly coverage: Coverage
  readonly source: ChartSource
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** Scopes as narrow as the type list (found-21). */
const SCOPE = FACADE_TYPES.map((type) =>
  ['Location', 'Medication', 'Organization', 'Practitioner', 'PractitionerRole'].includes(type)
    ? `user/${type}.rs`
    : `patient/${type}.rs`,
).join(' ')

/** Builds the registry of grants. */
export function createFacadeGrants(deps: FacadeGrantsDeps) {
  const held = new Map<
    string,
    { readonly tenantId: string; readonly grant: OpenGrant | null; readonly expiresAtSeconds: number }
  >()

  const prune = (now: string): void => {
    const seconds = epochSeconds(now)
    for (const [hash, { expiresAtSeconds }] of held) if (expiresAtSeconds <= seconds) held.delete(hash)
  }

  const baseOf = (tenant: TenantConfig): string => `${deps.baseUrl}/facade/${tenant.id}/fhir`

  const open = (input: Omit<GrantInput, 'payer'> & { readonly payerId: string }): FacadeView =>
    openFacadeView({
      reader: deps.openReader(input),
      patientId: input.patientId,
      coverage: input.coverage,
      known: input.known,
      directory: deps.directory(input.tenant.id),
      log: deps.logFor(input),
      ehrBase: input.tenant.fhirBase.replace(/\/+$/, ''),
      facadeBase: baseOf(input.tenant),
    })

  const tellOthers = (row: FacadeGrantRow): Promise<void> =>
    new Promise((resolve) =>
      deps.background.run('facade-grant-insert', () =>
        deps.store.statement((tx) => deps.store.facadeGrants.insert(tx, row)).finally(resolve),
      ),
    )

  return {
    /** Makes a grant for one call to one payer. It works at once here and, a moment later, on every node. */
    issue(input: GrantInput): IssuedGrant {
      const now = deps.now()
      prune(now)
      const token = randomBytes(TOKEN_BYTES).toString('base64url')
      const tokenHash = hashOf(token)
      const { ttlSeconds, keepUntilExpiry } = input.payer.facade
      const expiresAt = addDuration(now, { seconds: ttlSeconds })
      const expiresAtSeconds = epochSeconds(expiresAt)
      const view = open({ ...input, payerId: input.payer.id })
      held.set(tokenHash, { tenantId: input.tenant.id, grant: { payerId: input.payer.id, view }, expiresAtSeconds })
      const content: StoredGrant = { userId: input.userId, coverage: input.coverage, source: input.source }
      const row = {
        tenant: input.tenant.id,
        tokenHash,
        payerId: input.payer.id,
        patientId: input.patientId,
        content,
        expiresAt,
      }
      const stored = deps.store.isShared ? tellOthers(row) : undefined
      return {
        base: baseOf(input.tenant),
        token,
        expiresInSeconds: ttlSeconds,
        scope: SCOPE,
        subject: input.payer.auth.clientId,
        view,
        done() {
          if (keepUntilExpiry) return
          // Ended here at once; on other nodes when the row says so, a moment later.
          held.set(tokenHash, { tenantId: input.tenant.id, grant: null, expiresAtSeconds })
          if (stored === undefined) return
          deps.background.runLater('facade-grant-revoke', async () => {
            await stored
            await deps.store.statement((tx) =>
              deps.store.facadeGrants.revoke(tx, input.tenant.id, tokenHash, deps.now()),
            )
          })
        },
      }
    },

    /** The grant behind a bearer token of a request to one tenant's façade; undefined where it is not good (any more). */
    async find(tenantId: string, token: string): Promise<OpenGrant | undefined> {
      const now = deps.now()
      prune(now)
      const tokenHash = hashOf(token)
      const here = held.get(tokenHash)
      if (here !== undefined) return here.tenantId === tenantId ? (here.grant ?? undefined) : undefined
      const tenant = deps.tenants.get(tenantId)
      if (tenant === undefined) return undefined
      const row = await deps.store.read((tx) => deps.store.facadeGrants.find(tx, tenantId, tokenHash, now))
      if (row === undefined) return undefined
      const { userId, coverage, source } = row.content as StoredGrant
      const { payerId, patientId } = row
      return { payerId, view: open({ tenant, payerId, patientId, userId, coverage, source, known: [] }) }
    },
  }
}

export type FacadeGrants = ReturnType<typeof createFacadeGrants>
