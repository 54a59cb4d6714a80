/** Answers whose texts hold what JSON allows and no database keeps: NUL, and half a surrogate pair. */
import type { FastifyInstance, FastifyReply } from 'fastify'

const TEXTS = /"(?:display|text)":"/g
const BAD = '\\u0000\\ud83d'

const chosen = new WeakSet<FastifyReply>()

/** Will have them in what it says. */
export const putBadCharacters = (reply: FastifyReply): void => void chosen.add(reply)

/** Puts them into the replies that were chosen. */
export function addBadCharacters(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply, payload) =>
    chosen.has(reply) && typeof payload === 'string' ? payload.replaceAll(TEXTS, `$&${BAD}`) : payload,
  )
}
