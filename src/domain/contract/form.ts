import { z } from 'zod'
import { fhirSchema, instantSchema, messageSchema } from './common.ts'

/** A resource (snapshot) that an answer was taken from. */
export const evidenceSchema = z.object({
  evidenceId: z.string(),
  reference: z.string(),
  resourceType: z.string(),
  versionId: z.string().nullable(),
  /** What the source is called on the screen, from the resource: code text, document title. */
  label: z.string(),
  /** Clinically relevant date, with the precision the resource gives. */
  date: z.string().nullable(),
  /** FHIRPath of the value inside the resource, to mark it; null when the whole resource is the evidence. */
  path: z.string().nullable(),
  value: z.string().nullable(),
})
export type EvidenceView = z.infer<typeof evidenceSchema>

/** DTR 2.2 information-origin source codes. */
export const originSourceSchema = z.enum(['auto-client', 'auto-server', 'override', 'manual'])

/** Where the present answer of one question came from; kept beside the response under the item's key. */
export const answerOriginSchema = z.object({
  source: originSourceSchema,
  /** `chart`: read from resources; `computed`: from other answers; `payer`: prefilled; `person`: typed. */
  kind: z.enum(['chart', 'computed', 'payer', 'person']),
  author: z.object({ reference: z.string().nullable(), name: z.string() }).nullable(),
  at: instantSchema,
  evidence: z.array(evidenceSchema),
  /** For `computed`: link ids of the inputs. */
  inputs: z.array(z.string()),
  /** Name of the expression or query that found it, for the details pane. */
  foundBy: z.string().nullable(),
  /** Answers (FHIR QuestionnaireResponse.item.answer) that the chart gave, kept when a person changed them: the way back. */
  suggested: z.array(z.unknown()).nullable(),
  /** Clinician-scored values must be confirmed by a person; null where the question does not ask for it. */
  confirmation: z.object({ confirmedAt: instantSchema.nullable(), by: z.string().nullable() }).nullable(),
})
export type AnswerOrigin = z.infer<typeof answerOriginSchema>

/** What was looked for where nothing was found, or why it could not be. */
export const lookupSchema = z.object({
  status: z.enum(['not-found', 'failed', 'refused', 'partial']),
  /** The searches made, in plain form: resource type, codes, and how many resources came back. */
  searches: z.array(
    z.object({
      resourceType: z.string(),
      query: z.string(),
      found: z.number().int().nullable(),
      failure: z.string().nullable(),
    }),
  ),
  reason: messageSchema.nullable(),
})
export type Lookup = z.infer<typeof lookupSchema>

/** Keys are item keys (`domain/dtr/item-key`). */
export const formMetaSchema = z.object({
  origins: z.record(z.string(), answerOriginSchema),
  lookups: z.record(z.string(), lookupSchema),
  /** Item keys whose automatic answer a person cleared: population must not bring it back. */
  cleared: z.array(z.string()),
})
export type FormMeta = z.infer<typeof formMetaSchema>

export const formViewSchema = z.object({
  caseId: z.string(),
  /** Optimistic lock: send it back with the save; another user's save in between answers 409 with `form-changed`. */
  version: z.number().int(),
  status: z.enum(['populating', 'in-progress', 'completed', 'stopped', 'failed']),
  /** While populating: how many searches are done of how many. */
  progress: z.object({ read: z.number().int(), total: z.number().int() }).nullable(),
  failure: messageSchema.nullable(),
  questionnaire: fhirSchema.nullable(),
  response: fhirSchema.nullable(),
  meta: formMetaSchema,
  /** What of the chart expressions in the browser need, by name (`domain/dtr/in-form-chart`); empty for most forms. */
  chart: z.record(z.string(), z.array(z.unknown())),
  /** today() in the tenant's zone when the form was opened, for expressions evaluated in the browser. */
  today: z.string(),
  savedAt: instantSchema.nullable(),
  savedBy: z.string().nullable(),
})
export type FormView = z.infer<typeof formViewSchema>

/** PUT …/form: the whole response and its meta as the browser's engine holds them. The server checks both again. */
export const saveFormRequestSchema = z.object({
  version: z.number().int(),
  response: fhirSchema,
  meta: formMetaSchema,
})
export const saveFormResponseSchema = z.object({ version: z.number().int(), savedAt: instantSchema })
