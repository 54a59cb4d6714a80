import { z } from 'zod'
import { DTR_VERSIONS } from '../dtr/package/dtr-version.ts'
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

/** What expressions over the chart offer at one item: read on the server, for a place that has no chart. */
export const itemOffersSchema = z.object({
  /** Options by answerExpression, and candidates: answers as FHIR has them. */
  options: z.array(z.unknown()).optional(),
  candidates: z.array(z.unknown()).optional(),
  contextRows: z
    .array(
      z.object({
        label: z.string(),
        values: z.array(z.object({ text: z.string(), reference: z.string().nullable() })),
      }),
    )
    .optional(),
})
export type ItemOffers = z.infer<typeof itemOffersSchema>

/** Keys are item keys (`domain/dtr/item/item-key`). */
export const formMetaSchema = z.object({
  origins: z.record(z.string(), answerOriginSchema),
  lookups: z.record(z.string(), lookupSchema),
  /** Item keys whose automatic answer a person cleared: population must not bring it back. */
  cleared: z.array(z.string()),
  /** Not there in forms that were kept before offers were. The server takes its own, never a browser's. */
  offers: z.record(z.string(), itemOffersSchema).optional(),
  /** Item key of the last question that a person came to, in a form that knows no way back (SDC entryMode `sequential`). */
  reached: z.string().nullable().optional(),
})
export type FormMeta = z.infer<typeof formMetaSchema>

/** Where one form of a case stands, for the list of all of them. */
export const formSummarySchema = z.object({
  /** `main` for the first; opaque otherwise. Give it as `?form=` to every form address; without it `main` is meant. */
  formId: z.string(),
  title: z.string().nullable(),
  status: z.enum(['populating', 'in-progress', 'completed', 'stopped', 'failed']),
  /** Figures of the last save; null before the form is filled. */
  answered: z.number().int().nullable(),
  total: z.number().int().nullable(),
  needsYou: z.number().int().nullable(),
  /** DTR 2.2 questionnaireAudience: `clinical`, `admin`, `patient`. */
  audience: z.array(z.string()),
  estimatedTime: z.string().nullable(),
  adaptive: z.boolean(),
})
export type FormSummary = z.infer<typeof formSummarySchema>

/** What the payer decided on an adaptive response (coverage-information at its root), as it says it. */
export const determinationSchema = z.object({
  covered: z.string().nullable(),
  paNeeded: z.string().nullable(),
  docNeeded: z.array(z.string()),
  /** The PA number that the payer offers. It is the number of the request's lines once a person accepted it. */
  satisfiedPaId: z.string().nullable(),
  /** Who accepted the number, and when; null where nobody did, or where it is no longer the payer's number. */
  accepted: z.object({ by: z.string(), at: instantSchema }).nullable(),
  assertionId: z.string().nullable(),
  date: z.string().nullable(),
  expiryDate: z.string().nullable(),
  reasons: z.array(z.string()),
  /** Canonicals of further forms that the payer wants. */
  questionnaires: z.array(z.string()),
  /** Orders that it was associated with. */
  orders: z.array(z.string()),
  /** A person said that this unsolicited determination does not hold (DTR spec-44). */
  flagged: z.object({ by: z.string(), at: instantSchema, reason: z.string() }).nullable(),
})
export type Determination = z.infer<typeof determinationSchema>

/** An adaptive form asks by batches: the payer gives the next questions, and completes it. */
export const adaptiveSchema = z.object({
  /** `answering`: questions are open; `waiting`: the payer is asked; `completed`: it has none left; `failed`: ask again. */
  state: z.enum(['answering', 'waiting', 'completed', 'failed']),
  /** Whether the next questions may be asked for: every enabled answer validates (DTR spec-146). */
  mayNext: z.boolean(),
  /** How many batches the payer has given. */
  step: z.number().int(),
  /** Why the last call failed, and what the payer says of single items (400 with issue.expression). */
  failure: messageSchema.nullable(),
  itemIssues: z.array(z.object({ itemKey: z.string().nullable(), text: z.string() })),
  determinations: z.array(determinationSchema),
})
export type AdaptiveView = z.infer<typeof adaptiveSchema>

/** A value that was computed again on reopening and differs. Nothing changes before the person decides (dtr.md §1.4). */
export const differenceSchema = z.object({
  itemKey: z.string(),
  /** QuestionnaireResponse.item.answer as it is kept, and as the chart gives it now. */
  old: z.array(z.unknown()),
  new: z.array(z.unknown()),
  /** Where the new value comes from. */
  origin: answerOriginSchema.nullable(),
})
export type Difference = z.infer<typeof differenceSchema>

/** Two people changed the same item. `theirs` is what is kept now. */
export const itemConflictSchema = z.object({
  itemKey: z.string(),
  base: z.array(z.unknown()),
  theirs: z.array(z.unknown()),
  mine: z.array(z.unknown()),
  by: z.string().nullable(),
  at: instantSchema.nullable(),
})
export type ItemConflict = z.infer<typeof itemConflictSchema>

/** How the copy in the EHR stands. */
export const ehrCopySchema = z.object({
  /** `none`: not written yet; `no-scope`: the EHR did not grant writing; `unsupported`: it takes no such resource. */
  state: z.enum(['none', 'saved', 'outdated', 'no-scope', 'unsupported', 'failed', 'conflict']),
  reference: z.string().nullable(),
  savedAt: instantSchema.nullable(),
  failure: messageSchema.nullable(),
})
export type EhrCopy = z.infer<typeof ehrCopySchema>

/** The EHR holds a version of the response that Precert did not write: both are shown, the person merges. */
export const conflictSchema = z.object({
  versionId: z.string().nullable(),
  lastUpdated: z.string().nullable(),
  author: z.string().nullable(),
  items: z.array(itemConflictSchema),
})
export type EhrConflict = z.infer<typeof conflictSchema>

export const editorSchema = z.object({
  userId: z.string(),
  name: z.string(),
  role: z.enum(['clinician', 'pa-staff', 'administrator', 'auditor']),
  /** Where they are in the form, if they said so. */
  itemKey: z.string().nullable(),
  seenAt: instantSchema,
})
export type EditorView = z.infer<typeof editorSchema>

export const formPartSchema = z.enum(['clinical', 'admin', 'patient'])
export type FormPart = z.infer<typeof formPartSchema>

/** Who has a part of the form in hand. A part that is not listed is with whoever opened the case. */
export const delegationSchema = z.object({
  part: formPartSchema,
  owner: z.enum(['clinician', 'pa-staff']),
  since: instantSchema,
  by: z.string(),
  /** Whether the person who looks may hand it over, or take it back. */
  mayChange: z.boolean(),
})
export type DelegationView = z.infer<typeof delegationSchema>

export const formViewSchema = z.object({
  caseId: z.string(),
  formId: z.string(),
  /** Optimistic lock: send it back with the save; what happens after another save in between is said at `merge` below. */
  version: z.number().int(),
  status: z.enum(['populating', 'in-progress', 'completed', 'stopped', 'failed']),
  /** While populating: how many searches are done of how many. */
  progress: z.object({ read: z.number().int(), total: z.number().int() }).nullable(),
  /** While it is being filled: answers that are there already, to be read only. The form itself is null until it is filled. */
  soFar: z.array(z.object({ itemKey: z.string(), label: z.string(), value: z.string() })),
  failure: messageSchema.nullable(),
  /** What the user has to know: an expired form was fetched anew, the payer's own words, a library that is missing. */
  notices: z.array(messageSchema),
  questionnaire: fhirSchema.nullable(),
  response: fhirSchema.nullable(),
  meta: formMetaSchema,
  /** What of the chart expressions in the browser need, by name (`domain/dtr/form/in-form-chart`); empty for most forms. */
  chart: z.record(z.string(), z.array(z.unknown())),
  /** today() in the tenant's zone when the form was opened, for expressions evaluated in the browser. */
  today: z.string(),
  savedAt: instantSchema.nullable(),
  savedBy: z.string().nullable(),
  /** The version of DTR that the payer speaks: they see errors of its rules differently. */
  dtrVersion: z.enum(DTR_VERSIONS),
  /** All forms of the case in the payer's order, this one too. */
  forms: z.array(formSummarySchema),
  /** null for a standard form. */
  adaptive: adaptiveSchema.nullable(),
  ehr: ehrCopySchema,
  conflict: conflictSchema.nullable(),
  differences: z.array(differenceSchema),
  /** Questions that an answer brought in and that are looked for in the chart now: item keys. */
  lookingUp: z.array(z.string()),
  /** Others who have the form open now. */
  editors: z.array(editorSchema),
  delegation: z.array(delegationSchema),
  /** The payer's request that named this form after the request for authorization was sent; null for the request's own. */
  askedBy: z.object({ requestId: z.string(), payer: z.string() }).nullable(),
})
export type FormView = z.infer<typeof formViewSchema>

/**
 * PUT …/form: the whole response and its meta as the browser's engine holds them. The server checks both again. With
 * `merge`, another user's save in between is no 409: items that only one of the two changed are both kept, and items that
 * both changed come back as `conflicts` with theirs kept. Mine is kept by saving it again on the new version.
 */
export const saveFormRequestSchema = z.object({
  version: z.number().int(),
  response: fhirSchema,
  meta: formMetaSchema,
  merge: z.boolean().optional(),
})
export const saveFormResponseSchema = z.object({
  version: z.number().int(),
  savedAt: instantSchema,
  /** As in the form, where this save brought in what is looked up from now on. */
  lookingUp: z.array(z.string()).optional(),
  /** Only where somebody saved in between: the form as it is kept now, and what both changed. */
  merge: z.object({ form: formViewSchema, conflicts: z.array(itemConflictSchema) }).optional(),
})
export type SavedForm = z.infer<typeof saveFormResponseSchema>

/** POST …/form/next: asks the payer of an adaptive form for the next questions. Save first; the answer is the form. */
export const nextQuestionRequestSchema = z.object({ version: z.number().int() })

/** POST …/form/retry: fills a form anew that could not be filled. */
export const retryFormRequestSchema = z.object({})

/** POST …/form/ehr: writes the response to the EHR now. `onto` is the EHR's version after a conflict was merged. */
export const saveToEhrRequestSchema = z.object({ version: z.number().int(), onto: z.string().nullable().default(null) })

/** POST …/form/differences: what the person decided, by item key. */
export const decideDifferencesRequestSchema = z.object({
  version: z.number().int(),
  decisions: z.record(z.string(), z.enum(['keep', 'take'])),
})

/** POST …/form/delegation: hands a part over, or takes it back. */
export const delegateRequestSchema = z.object({ part: formPartSchema, owner: z.enum(['clinician', 'pa-staff']) })

/** POST …/form/presence: says that I have the form open and where I am; the others come back. */
export const presenceRequestSchema = z.object({ itemKey: z.string().max(400).nullable() })
export const presenceResponseSchema = formViewSchema.pick({ version: true, editors: true, lookingUp: true })

/** POST …/form/determination: flags a determination that nobody asked for as not valid. */
export const flagDeterminationRequestSchema = z.object({
  assertionId: z.string().nullable(),
  reason: z.string().min(1).max(1000),
})

/** POST …/form/authorization-number: accepts the number of a determination as that of the request, as it was shown. */
export const acceptNumberRequestSchema = z.object({ assertionId: z.string().nullable(), number: z.string().min(1) })

/** POST …/form/options: options of an item by what was typed. */
export const formOptionsRequestSchema = z.object({ linkId: z.string().max(255), filter: z.string().max(100) })
export const formOptionsResponseSchema = z.object({
  /** Answers as FHIR has them, with the label to show. */
  options: z.array(
    z.object({ system: z.string().nullable(), code: z.string(), display: z.string(), version: z.string().nullable() }),
  ),
  /** False where there are more than these. */
  complete: z.boolean(),
  from: z.enum(['package', 'terminology-server', 'payer']),
})
export type FormOptions = z.infer<typeof formOptionsResponseSchema>

/** GET …/form/history: who changed which answer, when, from which value to which; newest first. */
export const formHistorySchema = z.object({
  changes: z.array(
    z.object({
      itemKey: z.string(),
      at: instantSchema,
      by: z.string().nullable(),
      from: z.array(z.unknown()),
      to: z.array(z.unknown()),
      /** Origin after the change; null where the answer was removed. */
      source: originSourceSchema.nullable(),
      /** What happened: `saved`, `populated`, `merged` from the EHR, `taken` on reopening. */
      cause: z.enum(['saved', 'populated', 'merged', 'taken', 'confirmed']),
    }),
  ),
})
export type FormHistory = z.infer<typeof formHistorySchema>
