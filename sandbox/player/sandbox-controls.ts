/** The sandbox's own controls, over HTTP: what a person does on the EHR's order screen and on a payer's page. */

export interface SandboxControls {
  /** Adds the drafts of an order template to a chart. */
  readonly addOrders: (patientId: string, template: string) => Promise<void>
  /** Signs the drafts: the EHR calls Precert's hook. */
  readonly sign: (patientId: string) => Promise<Signing>
  /** A one-time launch address. */
  readonly launch: (patientId: string, appContext: string | null) => Promise<string>
}

export interface Signing {
  readonly cards: readonly HookCard[]
  readonly appliedActions: unknown
  readonly ms: number
  readonly problems: readonly string[]
}

interface HookCard {
  readonly summary: string
  readonly links?: readonly { readonly type: string; readonly url: string; readonly appContext?: string }[]
}

/** Controls of the sandbox EHR at this address. */
export function openControls(ehrUrl: string): SandboxControls {
  const post = async <T>(path: string, body: unknown): Promise<T> => {
    const response = await fetch(`${ehrUrl}/sandbox/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`The sandbox EHR answered ${response.status} to ${path}: ${text.slice(0, 300)}`)
    return JSON.parse(text) as T
  }
  return {
    addOrders: async (patientId, template) => void (await post('orders', { patientId, template })),
    sign: (patientId) => post<Signing>('sign', { patientId, user: 'lena-ruiz' }),
    launch: async (patientId, appContext) =>
      (
        await post<{ url: string }>('launch', {
          patientId,
          user: 'lena-ruiz',
          ...(appContext === null ? {} : { appContext }),
        })
      ).url,
  }
}

/** The launch card's context; throws where no card offers a launch. */
export function readLaunchContext(signing: Signing): string | null {
  const link = signing.cards.flatMap((card) => card.links ?? []).find(({ type }) => type === 'smart')
  if (link === undefined)
    throw new Error(
      `No card offers a launch; cards: ${JSON.stringify(signing.cards.map((card) => card.summary))}, problems: ${JSON.stringify(signing.problems)}`,
    )
  return link.appContext ?? null
}
