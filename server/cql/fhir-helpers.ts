/**
 * FHIRHelpers for packages that leave it out: the library that turns FHIR's types into CQL's, which every model info names
 * and translators bring along, so that payers forget to send it. Written from the conversions that the model asks for.
 */
import type { Expression, Library } from 'fhir/r4'
import { needsTranslation } from '#domain/dtr/cql/inline.ts'
import { readCqlLibraries, usedFhirVersion, readIncludes, type CqlLibrary } from '#domain/dtr/cql/library.ts'

const ID = 'FHIRHelpers'

const CONVERSIONS = `
define function ToInterval(period FHIR.Period):
  if period is null then null else Interval[period."start".value, period."end".value]
define function ToInterval(range FHIR.Range):
  if range is null then null else Interval[ToQuantity(range.low), ToQuantity(range.high)]
define function ToQuantity(quantity FHIR.Quantity):
  if quantity is null or quantity.value is null or quantity.comparator is not null then null
  else System.Quantity { value: quantity.value.value, unit: Coalesce(quantity.code.value, quantity.unit.value, '1') }
define function ToQuantityIgnoringComparator(quantity FHIR.Quantity):
  if quantity is null or quantity.value is null then null
  else System.Quantity { value: quantity.value.value, unit: Coalesce(quantity.code.value, quantity.unit.value, '1') }
define function ToRatio(ratio FHIR.Ratio):
  if ratio is null then null
  else System.Ratio { numerator: ToQuantity(ratio.numerator), denominator: ToQuantity(ratio.denominator) }
define function ToCode(coding FHIR.Coding):
  if coding is null then null
  else System.Code {
    code: coding.code.value, system: coding.system.value, version: coding.version.value, display: coding.display.value
  }
define function ToConcept(concept FHIR.CodeableConcept):
  if concept is null then null
  else System.Concept { codes: concept.coding coding return ToCode(coding), display: concept.text.value }
define function ToDateTime(value FHIR.dateTime): value.value
define function ToDateTime(value FHIR.instant): value.value
define function ToDate(value FHIR.date): value.value
define function ToTime(value FHIR.time): value.value
define function ToBoolean(value FHIR.boolean): value.value
define function ToDecimal(value FHIR.decimal): value.value
define function ToInteger(value FHIR.integer): value.value
define function ToInteger(value FHIR.positiveInt): value.value
define function ToInteger(value FHIR.unsignedInt): value.value
`

/** What gives text: strings of all kinds, and each type that is a code from a list of its own. Prefixes of XML are anyone's. */
const GIVES_TEXT = /<(?:\w+:)?conversionInfo\b[^>]*\bToString"[^>]*>/g
const FROM_TYPE = /fromType="(FHIR\.\w+)"/

async function sourceOf(version: string): Promise<string> {
  const is400 = version === '4.0.0'
  const { default: model } = is400
    ? await import('cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.0.xml.js')
    : await import('cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.1.xml.js')
  const types = [...model.matchAll(GIVES_TEXT)].flatMap(([conversion]) => FROM_TYPE.exec(conversion)?.[1] ?? [])
  return [
    `library ${ID} version '${version}'`,
    `using FHIR version '${is400 ? '4.0.0' : '4.0.1'}'`,
    CONVERSIONS,
    ...[...new Set(types)].map((type) => `define function ToString(value ${type}): value.value`),
  ].join('\n')
}

const asLibrary = (source: string, version: string): Library => ({
  resourceType: 'Library',
  id: `${ID}-${version}`,
  name: ID,
  version,
  status: 'active',
  type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/library-type', code: 'logic-library' }] },
  content: [{ contentType: 'text/cql', data: btoa(source) }],
})

/**
 * The libraries, with a FHIRHelpers of each version that they include and do not bring. Whoever is still to be translated
 * needs its text, whoever is translated only what can run. CQL written into the form itself includes nothing by name: it is
 * given the one of the package, or else its own.
 */
export async function withFhirHelpers(
  libraries: readonly Library[],
  expressions: readonly Expression[] = [],
): Promise<readonly Library[]> {
  const read = readCqlLibraries(libraries)
  const own = read.filter(({ id }) => id === ID)
  const missing = read.flatMap((library) => {
    const isThere = ({ elm, source }: CqlLibrary): boolean => source !== null || (elm !== null && library.elm !== null)
    const included = readIncludes(library).filter(({ id }) => id === ID)
    return included.flatMap(({ version }) =>
      own.some((one) => (version === null || one.version === version) && isThere(one)) ? [] : [version ?? '4.0.1'],
    )
  })
  const isRunnable = ({ elm, source }: CqlLibrary): boolean => source !== null || elm !== null
  const ofForm = expressions.some(needsTranslation) && !own.some(isRunnable) ? [usedFhirVersion(read)] : []
  const added = await Promise.all(
    [...new Set([...missing, ...ofForm])]
      .filter(isKnown)
      .map(async (version) => asLibrary(await sourceOf(version), version)),
  )
  return added.length === 0 ? libraries : [...libraries, ...added]
}

/** Those of other FHIR versions convert other types. */
const isKnown = (version: string): boolean => /^4\.(0|1|2|3|4)\b/.test(version)
