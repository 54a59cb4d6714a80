/** A change of a request that the payer has, or its cancellation: what may change, what would, and the order to send it. */
import { z } from 'zod'
import { attachableSchema, lineViewSchema, reviewViewSchema } from './case.ts'
import { messageSchema } from './common.ts'

const dateSchema = z.iso.date()

/** What a person changes. What it does not name stays. */
export const caseChangeSchema = z.object({
  cancelAll: z.boolean(),
  /** New values of lines; null stays as it is. */
  edits: z.array(
    z.object({
      sequence: z.number().int(),
      quantity: z
        .string()
        .regex(/^\d{1,9}([.]\d{1,3})?$/)
        .nullable(),
      start: dateSchema.nullable(),
      end: dateSchema.nullable(),
    }),
  ),
  /** Lines that take over what the order in the chart says now. */
  fromOrder: z.array(z.number().int()),
  /** Lines that are no longer asked for. */
  cancelled: z.array(z.number().int()),
  /** Orders of the chart that become lines. */
  added: z.array(z.string()).max(20),
  /** Documents of the chart that go along. */
  documents: z.array(z.string()).max(50),
  /** Words to the payer (X12 MSG01). */
  message: z.string().max(264).nullable(),
})
export type CaseChange = z.infer<typeof caseChangeSchema>

const amountSchema = lineViewSchema.shape.asked

/** What of a line can differ between two versions. */
const lineFactsSchema = z.object({
  code: z.string().nullable(),
  asked: amountSchema,
  start: z.string().nullable(),
  end: z.string().nullable(),
})
export type LineFacts = z.infer<typeof lineFactsSchema>

/** GET …/cases/:caseId/change: what could be changed. */
export const changeViewSchema = z.object({
  caseId: z.string(),
  version: z.number().int(),
  /** Of lines that may change: not denied, not cancelled. `order`: what the chart says now, where it says something else. */
  lines: z.array(lineViewSchema.extend({ changeable: z.boolean(), order: lineFactsSchema.nullable() })),
  /** Orders of the same group that are no line yet. */
  orders: z.array(
    lineFactsSchema.extend({ orderRef: z.string(), title: z.string(), problem: messageSchema.nullable() }),
  ),
  documents: attachableSchema,
  mayCancel: z.boolean(),
})
export type ChangeView = z.infer<typeof changeViewSchema>

/** What the payer would be told, beside what it has. */
export const differencesSchema = z.object({
  cancelsAll: z.boolean(),
  lines: z.array(
    z.object({
      sequence: z.number().int(),
      title: z.string(),
      change: z.enum(['added', 'changed', 'cancelled']),
      before: lineFactsSchema.nullable(),
      after: lineFactsSchema.nullable(),
      /** X12 1322 as it will be sent. */
      certification: z.string().nullable(),
    }),
  ),
  documents: z.array(z.string()),
  messages: z.array(z.string()),
})
export type Differences = z.infer<typeof differencesSchema>

/** POST …/cases/:caseId/change/preview */
export const previewChangeRequestSchema = z.object({ change: caseChangeSchema })
export const changePreviewSchema = z.object({
  version: z.number().int(),
  differences: differencesSchema,
  problems: reviewViewSchema.shape.problems,
})
export type ChangePreview = z.infer<typeof changePreviewSchema>

/** POST …/cases/:caseId/change. `submissionId` is a UUID minted by the browser: a second click sends nothing twice. */
export const sendChangeRequestSchema = z.object({
  submissionId: z.uuid(),
  version: z.number().int(),
  change: caseChangeSchema,
  /** What the person read of it: an order that changed in the chart since then must be seen first. */
  differences: differencesSchema,
})
export type SendChangeRequest = z.infer<typeof sendChangeRequestSchema>
