import { z } from 'zod'
import { answerFactSchema, answerSectionSchema } from './answer.ts'
import { clockSchema, instantSchema, messageSchema, payerSchema } from './common.ts'
import { evidenceSchema, originSourceSchema } from './form.ts'
import { lineStatusSchema } from './line-status.ts'

export const caseStateSchema = z.enum([
  'draft',
  'ready',
  'sending',
  'sent',
  'unknown',
  'pended',
  'approved',
  'partly-approved',
  'modified',
  'denied',
  'not-required',
  'action-needed',
  'rejected',
  'cancelled',
])
export type CaseState = z.infer<typeof caseStateSchema>

export const lineViewSchema = z.object({
  sequence: z.number().int(),
  kind: z.enum(['drug', 'administration', 'service']),
  title: z.string(),
  code: z.string().nullable(),
  system: z.string().nullable(),
  /** How the units came about, e.g. dose × weight. */
  detail: messageSchema.nullable(),
  /** Decimal string; `UN` is the X12 673 code of a billing unit. */
  asked: z.object({ value: z.string(), unit: z.string() }).nullable(),
  allowed: z.object({ value: z.string(), unit: z.string() }).nullable(),
  start: z.string().nullable(),
  end: z.string().nullable(),
  status: lineStatusSchema,
  /** X12 306 code as received. */
  reviewActionCode: z.string().nullable(),
  /** Current authorization number (reviewAction.number), never preAuthRef. */
  authorizationNumber: z.string().nullable(),
  trackingNumber: z.string().nullable(),
  validFrom: z.string().nullable(),
  validTo: z.string().nullable(),
  issuedOn: z.string().nullable(),
  reasons: z.array(z.object({ code: z.string(), text: z.string().nullable() })),
  /** The payer's own words (processNote). */
  notes: z.array(z.string()),
})
export type LineView = z.infer<typeof lineViewSchema>

export const timelineEntrySchema = z.object({
  at: instantSchema,
  kind: z.string(),
  message: messageSchema,
  detail: messageSchema.nullable(),
  actor: z.string().nullable(),
})

/** What a person can do now; computed from one table of allowed actions per state (domain/tracking). */
export const caseActionSchema = z.enum([
  'complete-form',
  'review',
  'submit',
  'resend',
  'inquire',
  'record-decision',
  'correct',
  'answer-request',
  'change',
  'cancel',
])
export type CaseAction = z.infer<typeof caseActionSchema>

/** A person's question to the payer: by the lines, by a number, by the patient, or just for the outcome. */
export const inquirySchema = z.object({
  at: instantSchema,
  by: z.string(),
  how: z.enum(['outcome', 'item', 'number', 'patient']),
  /** `found`: this request is among what the payer has; `nothing`: it has nothing that matches. */
  state: z.enum(['asking', 'found', 'others', 'nothing', 'not-reached']),
  /** What else the payer has of what was asked. */
  others: z.array(
    z.object({
      numbers: z.array(z.string()),
      statuses: z.array(lineStatusSchema),
      validFrom: z.string().nullable(),
      validTo: z.string().nullable(),
    }),
  ),
})
export type Inquiry = z.infer<typeof inquirySchema>

/** One thing that a payer, or our own check, finds wrong. */
const faultSchema = z.object({
  code: z.string(),
  text: messageSchema,
  followUp: messageSchema.nullable(),
  element: z.string().nullable(),
  path: z.string().nullable(),
  note: z.string().nullable(),
})

/** One thing that the payer asks for before it decides, as it is kept with the case. */
export const informationRequestSchema = z.object({
  id: z.string(),
  lineSequence: z.number().int().nullable(),
  codes: z.array(z.object({ system: z.string(), code: z.string(), text: z.string().nullable() })),
  dueAt: z.string().nullable(),
  /** All that the payer said about it, for the detail view. */
  facts: z.array(answerFactSchema),
  /** What the payer tracks it by: an attachment names it. */
  tracking: z.object({ system: z.string().nullable(), value: z.string() }).nullable(),
  /** A questionnaire is asked for, not a document. */
  asksForForm: z.boolean(),
  /** Where the payer wants it, in its own words; null where it says nothing of that. */
  payerUrl: z.string().nullable(),
  /** Under which contexts (DTR `context`: trace numbers) the payer hands that questionnaire out. */
  contexts: z.array(z.string()),
  /** Our form for it, once somebody began it. */
  formId: z.string().nullable(),
  /** The payer has it, or decided without it. */
  answered: z.boolean(),
  /** What was attached last, and what became of it. */
  answer: z
    .object({
      at: instantSchema,
      by: z.string(),
      documents: z.array(z.string()),
      /** `unanswered`: the payer was tried as often as makes sense; it may have them or not. */
      status: z.enum(['sending', 'received', 'refused', 'unanswered']),
      reason: z.string().nullable(),
    })
    .nullable(),
})
export type InformationRequest = z.infer<typeof informationRequestSchema>

/** GET …/cases/:caseId */
export const caseViewSchema = z.object({
  caseId: z.string(),
  groupId: z.string(),
  version: z.number().int(),
  state: caseStateSchema,
  title: messageSchema,
  subtitle: messageSchema.nullable(),
  service: z.string(),
  payer: payerSchema,
  lines: z.array(lineViewSchema),
  clocks: z.array(clockSchema),
  authorizationNumbers: z.array(z.string()),
  /** Who decided or rejected: our own pend is never shown as the payer's. */
  decisionSource: z.enum(['payer', 'intermediary', 'person']).nullable(),
  sentAt: instantSchema.nullable(),
  decidedAt: instantSchema.nullable(),
  traceNumber: z.string().nullable(),
  /** Requests for more information (CommunicationRequest). */
  requests: z.array(
    informationRequestSchema.extend({
      /** The payer wants it at an address that we do not call: a person must bring it there. Null where that is not so. */
      elsewhere: z.string().nullable(),
    }),
  ),
  /** The payer's last answer, element by element; empty before any. */
  answer: z.array(answerSectionSchema),
  /** Rejections (ClaimResponse.error, AAA) and faults our own check found. */
  errors: z.array(faultSchema),
  /** Why the last change of the request was not taken; the request stands as it was before. */
  changeErrors: z.array(faultSchema),
  /** A change of the request, or its cancellation, that the payer has not decided yet. */
  pendingChange: z.object({ kind: z.enum(['change', 'cancel']), at: instantSchema, by: z.string() }).nullable(),
  /** The last question of a person to the payer, and what it has; null where nobody asked. */
  inquiry: inquirySchema.nullable(),
  /** Present while the state is unknown: since when, which of the four steps is next, and when. */
  unknown: z
    .object({
      since: instantSchema,
      step: z.enum(['waiting', 'resending', 'inquiring', 'person']),
      nextAt: instantSchema.nullable(),
    })
    .nullable(),
  nextStep: messageSchema.nullable(),
  owner: z.enum(['clinician', 'pa-staff', 'payer', 'precert', 'nobody']),
  actions: z.array(caseActionSchema),
  timeline: z.array(timelineEntrySchema),
  documents: z.array(
    z.object({
      documentId: z.string(),
      title: z.string(),
      createdAt: instantSchema,
      writtenToChart: z.string().nullable(),
      writeFailure: messageSchema.nullable(),
    }),
  ),
})
export type CaseView = z.infer<typeof caseViewSchema>

const reviewAnswersSchema = z.object({
  total: z.number().int(),
  fromChart: z.number().int(),
  computed: z.number().int(),
  edited: z.number().int(),
  entered: z.number().int(),
  sections: z.array(
    z.object({
      title: z.string(),
      answers: z.array(
        z.object({
          itemKey: z.string(),
          label: z.string(),
          value: z.string(),
          source: originSourceSchema,
          kind: z.enum(['chart', 'computed', 'payer', 'person']),
          confirmed: z.boolean().nullable(),
        }),
      ),
    }),
  ),
})

/** One form of the case as it would be sent. */
const formReviewSchema = z.object({
  formId: z.string(),
  title: z.string().nullable(),
  /** `ready`: it can be read; what else is wrong with it stands among the problems. */
  status: z.enum(['ready', 'populating', 'failed']),
  /** Why it could not be filled. */
  failure: messageSchema.nullable(),
  /** Whether nothing stands against its completion. */
  mayComplete: z.boolean(),
  /** null where it cannot be read. */
  answers: reviewAnswersSchema.nullable(),
})

/** GET …/cases/:caseId/review: everything that will be sent, in one page. */
export const reviewViewSchema = z.object({
  caseId: z.string(),
  version: z.number().int(),
  state: caseStateSchema,
  lines: z.array(lineViewSchema),
  /** ICD-10-CM, and where each code comes from. */
  diagnoses: z.array(z.object({ code: z.string(), name: z.string().nullable(), source: messageSchema })),
  /** Every form of the case, in the payer's order. */
  forms: z.array(formReviewSchema),
  documents: z.array(
    z.object({
      reference: z.string(),
      title: z.string(),
      date: z.string().nullable(),
      supports: z.string().nullable(),
      contentType: z.string().nullable(),
      included: z.boolean(),
    }),
  ),
  /** What stops the sending (blocks) or should be known first (warns), each with where to mend it. */
  problems: z.array(
    z.object({
      severity: z.enum(['blocks', 'warns']),
      message: messageSchema,
      screen: z.enum(['coverage', 'form', 'review']),
      /** Which form, where the screen is `form`; null is the first. */
      formId: z.string().nullable(),
      itemKey: z.string().nullable(),
    }),
  ),
  criteria: z.array(
    z.object({
      id: z.string(),
      status: z.enum(['met', 'not-met', 'unknown']),
      label: z.string(),
      message: messageSchema,
      evidence: z.array(evidenceSchema),
      itemKey: z.string().nullable(),
      source: z.string(),
    }),
  ),
  policy: z.object({ title: z.string(), version: z.string(), reviewedOn: z.string(), source: z.string() }).nullable(),
  signer: z.object({ name: z.string(), npi: z.string().nullable(), maySign: z.boolean() }),
  payer: payerSchema,
  urgency: z.object({ level: z.enum(['standard', 'expedited']), reason: z.string().nullable() }),
  clocks: z.array(clockSchema),
})
export type ReviewView = z.infer<typeof reviewViewSchema>

export const setDocumentsRequestSchema = z.object({ version: z.number().int(), references: z.array(z.string()) })
export const setUrgencyRequestSchema = z.object({
  version: z.number().int(),
  level: z.enum(['standard', 'expedited']),
  reason: z.string().max(2000).nullable(),
})

/** POST …/cases/:caseId/submit. `submissionId` is a UUID minted by the browser: a second click sends nothing twice. */
export const submitRequestSchema = z.object({
  submissionId: z.uuid(),
  version: z.number().int(),
  attested: z.literal(true),
})

/** GET …/cases/:caseId/attachable: the chart's documents that may answer a request of the payer. */
export const attachableSchema = z.array(
  z.object({
    reference: z.string(),
    title: z.string(),
    date: z.string().nullable(),
    contentType: z.string().nullable(),
  }),
)
export type Attachable = z.infer<typeof attachableSchema>

/** POST …/cases/:caseId/attach: documents for one request of the payer. */
export const attachRequestSchema = z.object({
  requestId: z.string(),
  references: z.array(z.string()).min(1).max(50),
})
export type AttachRequest = z.infer<typeof attachRequestSchema>

/** POST …/cases/:caseId/request-form, and …/request-form/send: the questionnaire that one request of the payer names. */
export const requestFormSchema = z.object({ requestId: z.string() })
export type RequestForm = z.infer<typeof requestFormSchema>

/** POST …/cases/:caseId/resolve: what a person does about a case in `unknown`. */
export const resolveRequestSchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('inquire'), by: z.enum(['outcome', 'item', 'number', 'patient']).optional() }),
  z.object({ action: z.literal('resend') }),
  z.object({
    action: z.literal('record-decision'),
    /** As told by the payer on the phone; kept as a person's statement, never as the payer's message. */
    lines: z
      .array(
        z.object({
          sequence: z.number().int(),
          status: z.enum(['approved', 'denied', 'pended']),
          authorizationNumber: z.string().max(50).nullable(),
        }),
      )
      .min(1),
    note: z.string().max(2000),
  }),
])

/** One server-sent event of GET …/cases/:caseId/stream: the case changed; read it again. */
export const caseChangedSchema = z.object({ caseId: z.string(), version: z.number().int() })
