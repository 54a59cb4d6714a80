import { z } from 'zod'
import { clockSchema, instantSchema, messageSchema, payerSchema } from './common.ts'

/** POST /api/session/redeem: the fallback where cookies are blocked (design.md, SMART: No cookies). */
export const redeemRequestSchema = z.object({ code: z.string().min(20), verifier: z.string().min(20) })
export const redeemResponseSchema = z.object({ bearer: z.string(), launchId: z.string() })

/** GET /api/launch/:launchId */
export const launchViewSchema = z.object({
  launchId: z.string(),
  user: z.object({
    name: z.string(),
    role: z.enum(['clinician', 'pa-staff', 'administrator', 'auditor']),
    /** Their resource in the EHR, where the EHR names one: what they may answer can depend on its type. */
    reference: z.string().nullable(),
    npi: z.string().nullable(),
    /** Whether this user may attest and send. */
    maySign: z.boolean(),
  }),
  patient: z.object({
    reference: z.string(),
    name: z.string(),
    gender: z.string().nullable(),
    birthDate: z.string().nullable(),
    ageYears: z.number().int().nullable(),
    mrn: z.string().nullable(),
  }),
  /** SMART need_patient_banner: the EHR shows no banner of its own. */
  needPatientBanner: z.boolean(),
  ehrName: z.string(),
  /** IANA zone of the tenant; shown where the user's differs. */
  timeZone: z.string(),
  /** Scopes that were asked for and not granted. */
  missingScopes: z.array(z.string()),
  /** The group that the launch named (appContext), to open at once. */
  focusGroupId: z.string().nullable(),
  cases: z.array(z.object({ caseId: z.string(), groupId: z.string(), state: z.string(), title: messageSchema })),
})
export type LaunchView = z.infer<typeof launchViewSchema>

/** One state per order (spec crd.md §3.1, interpretation). `no-answer` and `unknown` are never "no authorization needed". */
export const coverageStateSchema = z.enum([
  'auth-needed',
  'documentation-needed',
  'no-auth-needed',
  'performer-auth',
  'satisfied',
  'information-needed',
  'not-covered',
  'unknown',
  'no-answer',
  'asking',
])
export type CoverageState = z.infer<typeof coverageStateSchema>

export const determinationSchema = z.object({
  state: coverageStateSchema,
  /** Codes of CRD 2.2.1 ext-coverage-information as received, after upcast. Absent stays null. */
  covered: z.string().nullable(),
  paNeeded: z.string().nullable(),
  docNeeded: z.array(z.string()),
  docPurpose: z.array(z.string()),
  infoNeeded: z.array(z.string()),
  questionnaires: z.array(z.string()),
  billingCodes: z.array(z.object({ system: z.string().nullable(), code: z.string(), display: z.string().nullable() })),
  reasons: z.array(z.object({ code: z.string().nullable(), text: z.string().nullable() })),
  details: z.array(
    z.object({
      category: z.string().nullable(),
      code: z.string().nullable(),
      value: z.string(),
      qualification: z.string().nullable(),
      isLink: z.boolean(),
    }),
  ),
  contacts: z.array(
    z.object({
      name: z.string().nullable(),
      telecom: z.array(z.object({ system: z.string().nullable(), value: z.string() })),
    }),
  ),
  dependencies: z.array(z.string()),
  satisfiedPaId: z.string().nullable(),
  assertionId: z.string().nullable(),
  date: z.string().nullable(),
  expiryDate: z.string().nullable(),
})
export type DeterminationView = z.infer<typeof determinationSchema>

export const coverageViewSchema = z.object({
  title: messageSchema,
  /** What stands in the way, said plainly; null when nothing does. */
  problem: z
    .object({
      reason: z.enum(['no-coverage', 'several-coverages', 'unknown-payer', 'no-orders', 'chart-unreadable']),
      params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    })
    .nullable(),
  coverages: z.array(
    z.object({
      reference: z.string(),
      payer: payerSchema.nullable(),
      payerName: z.string(),
      plan: z.string().nullable(),
      memberId: z.string().nullable(),
      chosen: z.boolean(),
    }),
  ),
  groups: z.array(
    z.object({
      groupId: z.string(),
      /** Orders that are authorized together: a drug and its administration (requisition or groupIdentifier). */
      orders: z.array(
        z.object({
          reference: z.string(),
          display: z.string(),
          detail: z.string().nullable(),
          code: z.string().nullable(),
          status: z.string(),
          determination: determinationSchema,
        }),
      ),
      title: z.string(),
      kind: z.enum(['medication', 'medication-with-administration', 'service', 'device', 'other']),
      diagnosis: z.string().nullable(),
      requester: z.string().nullable(),
      state: coverageStateSchema,
      payer: payerSchema.nullable(),
      /** The payer's own words with their source, shown in quotation marks. */
      quotes: z.array(z.object({ text: z.string(), source: z.string(), assertionId: z.string().nullable() })),
      questionnaireCount: z.number().int().nullable(),
      estimatedTime: z.string().nullable(),
      /** Filled in once the form has been populated in the background; null until then. */
      prefill: z.object({ answered: z.number().int(), total: z.number().int() }).nullable(),
      clocks: z.array(clockSchema),
      caseId: z.string().nullable(),
      caseState: z.string().nullable(),
      nextStep: messageSchema.nullable(),
      /** Who has to act next. */
      owner: z.enum(['clinician', 'pa-staff', 'payer', 'nobody']),
    }),
  ),
  answeredAt: instantSchema.nullable(),
  answerMs: z.number().nullable(),
})
export type CoverageView = z.infer<typeof coverageViewSchema>
export type OrderGroupView = CoverageView['groups'][number]

export const chooseCoverageRequestSchema = z.object({ coverage: z.string() })
export const askPayerRequestSchema = z.object({ groupId: z.string() })
export const openCaseRequestSchema = z.object({ groupId: z.string() })
export const openCaseResponseSchema = z.object({ caseId: z.string() })
