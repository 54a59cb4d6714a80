import type { z } from 'zod'
import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'

/** Checks a request's body (or parameters) by a contract's schema; the failure names the first field at fault. */
export function parseBody<S extends z.ZodType>(
  schema: S,
  body: unknown,
): Result<z.infer<S>, Failure<'invalid-request'>> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return ok(parsed.data)
  const path = parsed.error.issues[0]?.path.join('.') ?? ''
  return err({ reason: 'invalid-request', ...(path === '' ? {} : { path }) })
}
