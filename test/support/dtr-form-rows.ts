/** The rows of DTR's tables of questionnaire elements and extensions (must-support and listed), each with its versions. */
import { DTR_VERSIONS, type DtrVersion } from '#domain/dtr/package/dtr-version.ts'

export interface FeatureRow {
  /** An element, or an extension by guide and name. */
  readonly name: string
  readonly versions: readonly DtrVersion[]
  /** Which form has it: the standard form, the adaptive one, or none, since it is prohibited. */
  readonly of: 'standard' | 'adaptive' | 'none'
}

const rows = (names: string, versions: readonly DtrVersion[], of: FeatureRow['of'] = 'standard'): FeatureRow[] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => ({ name, versions, of }))

const UNTIL_2_1 = ['2.0.1', '2.1'] as const

export const FEATURE_ROWS: readonly FeatureRow[] = [
  ...rows(
    `url version title status subjectType effectivePeriod item.linkId item.prefix item.type item.enableWhen
    item.enableBehavior item.required item.repeats item.readOnly item.answerValueSet item.answerOption.value[x]
    item.initial.value[x] item.item item.text item.maxLength`,
    DTR_VERSIONS,
  ),
  ...rows('text', UNTIL_2_1),
  ...rows('derivedFrom', DTR_VERSIONS, 'adaptive'),
  ...rows(
    `CORE/cqf-library SDC/launchContext CORE/variable SDC/itemPopulationContext SDC/initialExpression
    SDC/calculatedExpression SDC/candidateExpression SDC/contextExpression SDC/enableWhenExpression
    SDC/answerOptionsToggleExpression SDC/answerExpression CORE/cqf-expression SDC/entryMode
    CORE/questionnaire-signatureRequired SDC/performerType CORE/questionnaire-hidden CORE/questionnaire-itemControl
    CORE/rendering-xhtml CORE/rendering-style CORE/rendering-styleSensitive CORE/maxSize CORE/questionnaire-unitOption
    CORE/questionnaire-unitValueSet CORE/questionnaire-unit CORE/questionnaire-referenceResource
    CORE/questionnaire-referenceProfile SDC/lookupQuestionnaire CORE/questionnaire-optionExclusive CORE/ordinalValue
    SDC/openLabel CORE/questionnaire-minOccurs CORE/questionnaire-maxOccurs CORE/minLength CORE/regex CORE/minValue
    CORE/maxValue CORE/maxDecimalPlaces SDC/minQuantity SDC/maxQuantity CORE/questionnaire-sliderStepValue
    CORE/entryFormat CORE/questionnaire-choiceOrientation CORE/questionnaire-displayCategory
    CORE/questionnaire-usageMode SDC/choiceColumn SDC/width SDC/collapsible SDC/shortText SDC/itemMedia
    SDC/itemAnswerMedia CORE/designNote`,
    DTR_VERSIONS,
  ),
  ...rows('ECR/us-ph-alternative-expression-extension CORE/questionnaire-constraint', ['2.0.1']),
  ...rows('DTR/alternativeExpression CORE/targetConstraint', ['2.1', '2.2']),
  ...rows('SDC/preferredTerminologyServer CORE/questionnaire-supportLink CORE/mimeType SDC/optionalDisplay', UNTIL_2_1),
  ...rows(
    `CORE/preferredTerminologyServer CORE/questionnaire-supportHyperlink CORE/itemWeight DTR/estimated-completion-time
    DTR/questionnaireAudience DTR/request-specific CORE/artifact-versionAlgorithm CORE/artifact-copyrightLabel
    R5/disabledDisplay R5/answerConstraint`,
    ['2.2'],
  ),
  ...rows('SDC/questionnaireAdaptive', DTR_VERSIONS, 'adaptive'),
  ...rows('SDC/endpoint SDC/assemble-expectation', DTR_VERSIONS, 'none'),
]

const PREFIXES: Readonly<Record<string, string>> = {
  CORE: 'http://hl7.org/fhir/StructureDefinition/',
  SDC: 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-',
  DTR: 'http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/',
  ECR: 'http://hl7.org/fhir/us/ecr/StructureDefinition/',
  R5: 'http://hl7.org/fhir/5.0/StructureDefinition/extension-Questionnaire.item.',
}

/** Whether a form says anything of this row, read from its JSON alone. */
export function isUsed(form: object, { name }: FeatureRow): boolean {
  const [prefix = '', extension] = name.split('/')
  if (extension !== undefined) return JSON.stringify(form).includes(`"url":"${PREFIXES[prefix] ?? ''}${extension}"`)
  const [first = '', second, third] = name.split('.')
  if (second === undefined) return first in form
  return itemsOf(form).some((item) => {
    const value: unknown = Reflect.get(item, second)
    return third === undefined ? value !== undefined : JSON.stringify(value ?? '').includes('"value')
  })
}

function itemsOf(of: object): object[] {
  const items = 'item' in of && Array.isArray(of.item) ? (of.item as object[]) : []
  return items.flatMap((item) => [item, ...itemsOf(item)])
}
