/**
 * Value sets that US Core 6.1 and 7.0 name and do not hold, as their owner publishes them elsewhere (the National Library of
 * Medicine's VSAC): their codes as US Core's own pages list them. Those of race and ethnicity are not judged: charts hold others,
 * no payer decides by them, and a request must not wait for them. Pure.
 */
import type { ValueSetFacts } from './table.ts'

const VSAC = 'http://cts.nlm.nih.gov/fhir/ValueSet'
const GENDER = 'http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender'
const NULL_FLAVOR = 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor'

type Parts = readonly (readonly [system: string, codes: string])[]

const SETS: Readonly<Record<string, Parts>> = {
  // Sex as it is administered; with the next but one, the birth sex of 6.1.
  '2.16.840.1.113762.1.4.1': [[GENDER, 'F M']],
  '2.16.840.1.113762.1.4.1021.102': [[NULL_FLAVOR, 'ASKU UNK']],
  '2.16.840.1.113762.1.4.1021.103': [[NULL_FLAVOR, 'ASKU OTH UNK']],
  // The birth sex of 7.0.
  '2.16.840.1.113762.1.4.1021.24': [
    [GENDER, 'F M'],
    [NULL_FLAVOR, 'ASKU OTH UNK'],
  ],
}

const FACTS = new Map(
  Object.entries(SETS).map(([oid, parts]): [string, ValueSetFacts] => {
    const url = `${VSAC}/${oid}`
    return [url, { url, include: parts.map(([system, codes]) => ({ system, codes: codes.split(' ') })) }]
  }),
)

/** The facts of such a set; undefined where it is none of them. */
export const setElsewhere = (url: string): ValueSetFacts | undefined => FACTS.get(url)
