/**
 * What the public DTR test kit wants to see handled of a standard form of DTR 2.0.1 (3.04): the must-support rows of
 * `spec/dtr.md` §3, by the names of `FEATURE_ROWS`, and `assemble-expectation`, which the kit lists although the profile sets
 * it 0..0 (trap n).
 */
export const MUST_SUPPORT_2_0_1: readonly string[] = `
  url version title status subjectType effectivePeriod text item.linkId item.prefix item.type item.enableWhen
  item.enableBehavior item.required item.repeats item.readOnly item.answerValueSet item.answerOption.value[x]
  item.initial.value[x] item.item item.text item.maxLength CORE/cqf-library SDC/launchContext CORE/variable
  SDC/itemPopulationContext SDC/initialExpression SDC/calculatedExpression SDC/candidateExpression
  SDC/contextExpression SDC/enableWhenExpression SDC/preferredTerminologyServer SDC/entryMode
  CORE/questionnaire-signatureRequired SDC/performerType CORE/questionnaire-hidden CORE/questionnaire-itemControl
  CORE/questionnaire-supportLink CORE/rendering-xhtml CORE/mimeType CORE/questionnaire-unitOption
  CORE/questionnaire-unitValueSet CORE/questionnaire-referenceResource CORE/questionnaire-referenceProfile
  SDC/lookupQuestionnaire CORE/questionnaire-optionExclusive SDC/assemble-expectation`
  .trim()
  .split(/\s+/)
