/** A package as the payer sent it, read again from its exchange: libraries and value sets are needed when a form goes on. */
import type { Library, Questionnaire, ValueSet } from 'fhir/r4'
import { parseQuestionnairePackage } from '#domain/dtr/package/questionnaire-package.ts'
import { parseJsonBody } from '../clients/http-exchange.ts'
import type { FormKey } from '../store/repositories/forms.ts'
import type { Store } from '../store/store.ts'
import type { FormPackage } from './form-record.ts'
import type { PackageLogic } from './populate-form.ts'

/** Libraries and value sets of the kept package: they hold for every later batch of an adaptive form, too (DTR spec-35). */
export async function readKeptPackage(
  store: Store,
  { tenant }: Pick<FormKey, 'tenant'>,
  kept: FormPackage,
): Promise<PackageLogic> {
  const exchange = await store.read((tx) => store.exchanges.find(tx, tenant, kept.exchangeId))
  const parsed = parseQuestionnairePackage(exchange === undefined ? undefined : parseJsonBody(exchange.body))
  const packages = parsed.ok ? parsed.value.packages : []
  return {
    libraries: [...new Set(packages.flatMap(({ libraries }) => libraries))],
    valueSets: [...new Set(packages.flatMap(({ valueSets }) => valueSets))],
  }
}

/** With what the questionnaire itself contains: expansions that were asked for, and what an adaptive answer brought. */
export function withContained({ libraries, valueSets }: PackageLogic, { contained }: Questionnaire): PackageLogic {
  const of = <T extends 'Library' | 'ValueSet'>(type: T) =>
    (contained ?? []).filter(
      (one): one is Extract<Library | ValueSet, { resourceType: T }> => one.resourceType === type,
    )
  return { libraries: [...libraries, ...of('Library')], valueSets: [...valueSets, ...of('ValueSet')] }
}
