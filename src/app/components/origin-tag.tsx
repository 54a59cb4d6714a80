import type { AnswerOrigin } from '#domain/contract/form.ts'
import { useSay } from '../i18n/use-say.ts'
import type { IconName } from '../ui/icon.tsx'
import { Tag, type Tone } from '../ui/tag.tsx'

export type OriginLook = 'chart' | 'computed' | 'payer' | 'edited' | 'entered'

const LOOKS: Readonly<Record<OriginLook, { tone: Tone; icon: IconName }>> = {
  chart: { tone: 'chart', icon: 'doc' },
  computed: { tone: 'chart', icon: 'fx' },
  payer: { tone: 'chart', icon: 'external' },
  edited: { tone: 'edited', icon: 'pen' },
  entered: { tone: 'plain', icon: 'user' },
}

/** How an answer's origin is called on the screen; the wire keeps DTR's information-origin codes. */
export function originLook({ source, kind }: Pick<AnswerOrigin, 'source' | 'kind'>): OriginLook {
  if (source === 'override') return 'edited'
  if (source === 'manual' || kind === 'person') return 'entered'
  return kind
}

export function OriginTag({ look }: { look: OriginLook }) {
  const say = useSay()
  return <Tag {...LOOKS[look]}>{say(`origin.${look}`)}</Tag>
}
