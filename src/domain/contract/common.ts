/**
 * What the app and the server say to each other. zod schemas live here so that routes can check what comes in; the app
 * takes only the types (`z.infer`), so that no zod reaches the coverage screen. FHIR bodies are `fhir` below: checked for
 * being an object with a resourceType and passed on untouched, never stripped or coerced.
 */
import { z } from 'zod'

/** A sentence: a key of the locale file and its parameters. */
export const messageSchema = z.object({
  key: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
})

/** Any FHIR resource, kept as it is. */
export const fhirSchema = z.looseObject({ resourceType: z.string() })

export const instantSchema = z.iso.datetime({ offset: true })

/** The body of every error answer of `/api`. `ref` is the request id that support can look up in the log. */
export const errorSchema = z.object({
  reason: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  path: z.string().optional(),
  ref: z.string(),
})
export type ApiError = z.infer<typeof errorSchema>

export const payerSchema = z.object({ id: z.string(), name: z.string(), phone: z.string().nullable() })
export type PayerView = z.infer<typeof payerSchema>

/** A legal or contractual clock, as shown. */
export const clockSchema = z.object({
  id: z.string(),
  /** Which lines it binds: `drug`, `administration`, `service` or `request` for the whole request. */
  scope: z.enum(['drug', 'administration', 'service', 'request']),
  lineSequences: z.array(z.number().int()),
  /** Rule id of `domain/tracking/clock-rules`, whose text and citation are in the locale file. */
  rule: z.string(),
  citation: z.string(),
  /** Hours or calendar days, for a clock that has not started (coverage screen). */
  limit: z.object({ value: z.number(), unit: z.enum(['hours', 'calendar-days']) }),
  startedAt: instantSchema.nullable(),
  dueAt: instantSchema.nullable(),
  stoppedAt: instantSchema.nullable(),
})
export type ClockView = z.infer<typeof clockSchema>
