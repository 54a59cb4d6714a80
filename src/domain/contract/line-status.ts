import { z } from 'zod'

/** Status of a line from the X12 306 review action (spec pas.md §3.5), or `none` before any answer. */
export const lineStatusSchema = z.enum([
  'none',
  'approved',
  'partially-approved',
  'modified',
  'denied',
  'pended',
  'cancelled',
  'action-needed',
  'not-required',
  'unknown',
])
export type LineStatus = z.infer<typeof lineStatusSchema>
