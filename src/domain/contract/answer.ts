/** All that a payer's answer says, element by element, as it is stored with a case and shown in its detail view. */
import { z } from 'zod'
import { lineStatusSchema } from './line-status.ts'

const codeSchema = z.object({ system: z.string().nullable(), code: z.string(), text: z.string().nullable() })

/** A value with what is needed to write it for people; FHIR dates and decimals keep the form that they came in. */
const factValueSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({ kind: z.literal('codes'), codes: z.array(codeSchema) }),
  z.object({ kind: z.literal('decision'), status: lineStatusSchema, code: z.string() }),
  z.object({ kind: z.literal('period'), start: z.string().nullable(), end: z.string().nullable() }),
  z.object({ kind: z.literal('quantity'), value: z.string(), unit: z.string().nullable() }),
  z.object({ kind: z.literal('money'), value: z.string(), currency: z.string().nullable() }),
  z.object({ kind: z.literal('flag'), flag: z.boolean() }),
])
export type FactValue = z.infer<typeof factValueSchema>

/** One element of the answer; its name has a label in the locale file, `answer.fact.<name>`. */
export const answerFactSchema = z.object({ name: z.string(), value: factValueSchema })

/**
 * What a section is about: the whole answer, a line, that line as it was asked for or as it is granted, or a line that
 * nobody asked for.
 */
export const answerSectionSchema = z.object({
  about: z.enum(['answer', 'line', 'asked', 'granted', 'added']),
  sequence: z.number().int().nullable(),
  facts: z.array(answerFactSchema),
})
export type AnswerSection = z.infer<typeof answerSectionSchema>
