/**
 * Forms that some members get beside the payer's own, by the third letter of the member number: F a second standard form, Q
 * one that asks step by step. Short, and without influence on the decision.
 */
import type { Coverage, Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { EXT, PROFILE } from '../../src/domain/fhir/canonical.ts'
import type { DtrDialect } from './options.ts'
import { isMemberId } from './pas-entry-rules.ts'
import type { PackagedForm } from './payer-questionnaire.ts'

const BASE = 'https://caresource.example/Questionnaire'
const VERSION = '1.0.0'

/** What 2.2 asks of every form with a version, and what 2.0.1 asks of every form. */
function common(dialect: DtrDialect, text: string): Pick<Questionnaire, 'extension' | 'text'> {
  return dialect === '2.2'
    ? {
        extension: [
          {
            url: EXT.versionAlgorithm,
            valueCoding: { system: 'http://hl7.org/fhir/version-algorithm', code: 'semver' },
          },
        ],
      }
    : { text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>` } }
}

function officeForm(dialect: DtrDialect): Questionnaire {
  const { extension = [], ...rest } = common(dialect, 'Who at the office may be asked.')
  return {
    resourceType: 'Questionnaire',
    id: 'cs-office',
    meta: { profile: [PROFILE.dtrQuestionnaire] },
    ...rest,
    extension: [
      ...extension,
      ...(dialect === '2.2' ? [{ url: EXT.questionnaireAudience, valueCode: 'admin' }] : []),
      {
        url: EXT.launchContext,
        extension: [
          {
            url: 'name',
            valueCoding: { system: 'http://hl7.org/fhir/uv/sdc/CodeSystem/launchContext', code: 'patient' },
          },
          { url: 'type', valueCode: 'Patient' },
        ],
      },
    ],
    url: `${BASE}/cs-office`,
    version: VERSION,
    name: 'CsOffice',
    title: 'Office details',
    status: 'active',
    subjectType: ['Patient'],
    date: '2026-09-01',
    item: [
      {
        linkId: 'office.patient',
        type: 'string',
        text: 'Patient the request is for',
        required: true,
        extension: [
          {
            url: EXT.initialExpression,
            valueExpression: { language: 'text/fhirpath', expression: '%patient.name.first().family' },
          },
        ],
      },
      { linkId: 'office.contact', type: 'string', text: 'Person to call about this request', required: true },
    ],
  }
}

/** The step-by-step form as a package has it: without a question (profile dtr-questionnaire-adapt-search). */
function siteOfCareForm(fhirBase: string, dialect: DtrDialect): Questionnaire {
  const { extension = [], ...rest } = common(dialect, 'Where the infusion is given.')
  return {
    resourceType: 'Questionnaire',
    id: 'cs-site-of-care',
    meta: { profile: ['http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/dtr-questionnaire-adapt-search'] },
    ...rest,
    extension: [
      ...extension,
      { url: EXT.questionnaireAdaptive, ...(dialect === '2.2' ? { valueUrl: fhirBase } : { valueBoolean: true }) },
    ],
    url: `${BASE}/cs-site-of-care`,
    version: VERSION,
    name: 'CsSiteOfCare',
    title: 'Site of care',
    status: 'active',
    subjectType: ['Patient'],
    date: '2026-09-01',
  }
}

/** The forms for a member beside the payer's own. */
export function furtherForms(coverage: Coverage, fhirBase: string, dialect: DtrDialect): PackagedForm[] {
  const kind = coverage.identifier?.find(isMemberId)?.value?.[2]
  const form = kind === 'F' ? officeForm(dialect) : kind === 'Q' ? siteOfCareForm(fhirBase, dialect) : undefined
  return form === undefined ? [] : [packaged(form)]
}

/** The form that a payer asks for after it got the request. */
export const askedForm = (dialect: DtrDialect): PackagedForm => packaged(officeForm(dialect))

const packaged = (form: Questionnaire): PackagedForm => ({
  questionnaire: form,
  valueSets: [],
  libraries: [],
  canonical: `${form.url ?? ''}|${VERSION}`,
})

/** The questions of each step; the last one depends on the answer before. */
export const SITE_OF_CARE_STEPS: readonly (readonly QuestionnaireItem[])[] = [
  [{ linkId: 'site.hospital', type: 'boolean', text: 'Is the infusion given in a hospital?', required: true }],
  [{ linkId: 'site.reason', type: 'string', text: 'Why can it be given nowhere else?', required: true }],
]
