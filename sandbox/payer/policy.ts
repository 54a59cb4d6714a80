/** The policy file of a questionnaire package, as the payer reads it. */
import { z } from 'zod'

const criterionSchema = z.looseObject({
  id: z.string(),
  label: z.string(),
  /** FHIRPath over the QuestionnaireResponse: true, false, or nothing for unknown. */
  expression: z.string(),
  denialReason: z.string(),
  reason: z.string(),
  whenUnknown: z.enum(['request-information', 'none']),
  requestLoinc: z.string().optional(),
})

const limitsSchema = z.looseObject({
  maxStartDoseMgPerKg: z.number(),
  maxHoursPerInfusion: z.number(),
  maxInitialMonths: z.number(),
  /** By Coverage.class[plan].value. */
  byPlan: z.record(z.string(), z.looseObject({ maxHoursPerInfusion: z.number().optional() })),
  denialReason: z.string(),
})

const policySchema = z.looseObject({
  url: z.string(),
  denialReason: z.string(),
  criteria: z.array(criterionSchema).min(1),
  limits: limitsSchema,
})

export type Policy = z.infer<typeof policySchema>
export type Criterion = z.infer<typeof criterionSchema>

/** Parses the file; throws, naming each fault, where it is not a policy: a payer without one must not start. */
export function parsePolicy(value: unknown): Policy {
  return policySchema.parse(value)
}
