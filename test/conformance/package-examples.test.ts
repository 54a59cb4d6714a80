/**
 * The official examples of each package whose guide we speak, judged as they stand. What is wrong with them is wrong with
 * them: each fault is written down here with its reason, and no other may be found. (CRD 2.2.1 and DTR 2.2.0 publish no
 * package that we have with examples.)
 */
import { describe, expect, it } from 'vitest'
import { TOLERATED_CONTEXTS } from '../../src/domain/pas/published-package.ts'
import { faultPath, isError } from '../../src/domain/profile/issue.ts'
import { validateMessage } from '../../src/domain/profile/validate.ts'
import { profileSet } from '../support/profile-set.ts'
import { hasShared, readSharedPackage } from '../support/shared-data.ts'

interface Fault {
  readonly why: string
  readonly id: string
  /** The element, without the places in lists. */
  readonly at: string
  readonly examples: readonly string[]
}

const LINK = 'the narrative links to an anchor that is nowhere in the Bundle'
const TARGET = 'what it points to has such a narrative, and so does not follow its profile'
const SDC = 'an extension of SDC, which the package uses and does not depend on'
const RESOURCE = 'Bundle.entry.resource'
const COVERED = [
  'Bundle-HomecareAuthorizationBundleExample',
  'Bundle-HomecareAuthorizationDifferentialBundleExample',
  'Bundle-HomecareAuthorizationUpdateBundleExample',
  'Bundle-MedicalServicesAuthorizationBundleExample',
  'Bundle-PASClaimInquiryBundleExample',
  'Bundle-ReferralAuthorizationBundleExample',
  'Bundle-SurgicalRequestBundleExample',
]
const LINKING = [
  ...COVERED,
  'Bundle-ErrorResponseBundleExample',
  'Bundle-PASClaimInquiryResponseBundleExample',
  'Bundle-ReferralAuthorizationResponseBundleExample',
]
const ANSWERED = [
  'Bundle-DTRQuestionnairePackageOperationResultComplex',
  'Bundle-DTRQuestionnairePackageOperationResultSimple',
]
const PACKAGED = [...ANSWERED, 'Bundle-home-o2-questionnairepackage-bundle']
const OUTPUT = ['Parameters-QuestionnairePackageOutputParamsExample']
const STANDARD = ['Questionnaire-home-o2-std-questionnaire']
const ADAPTIVE = ['QuestionnaireResponse-home-o2-adaptive-questionnaireresponse']

const targetFault = (at: string, examples: readonly string[]): Fault => ({
  why: TARGET,
  id: 'Reference_REF_CantMatchChoice',
  at: `${RESOURCE}.${at}`,
  examples,
})
/** An extension that no table has is unknown itself, and so is the profile that its slice names. */
const sdcFaults = (at: string, examples: readonly string[]): Fault[] =>
  ['Extension_EXT_Unknown', 'Validation_VAL_Unknown_Profile'].map((id) => ({ why: SDC, id, at, examples }))
const derivationFault = (at: string, examples: readonly string[]): Fault => ({
  why: 'an extension of a package that this one does not depend on',
  id: 'Extension_EXT_Unknown',
  at: `${at}.derivedFrom.extension`,
  examples,
})

const PACKAGES: readonly { guide: string; name: string; examples: number; faults: readonly Fault[] }[] = [
  { guide: 'pas-2.2.1', name: 'hl7.fhir.us.davinci-pas-2.2.1', examples: 47, faults: [] },
  {
    guide: 'pas-2.0.1',
    name: 'hl7.fhir.us.davinci-pas-2.0.1',
    examples: 39,
    faults: [
      { why: LINK, id: 'Type_Specific_Checks_DT_XHTML_Resolve', at: `${RESOURCE}.text.div`, examples: LINKING },
      targetFault('insurance.coverage', COVERED),
      targetFault('item.extension.value.ofType(Reference)', ['Bundle-ReferralAuthorizationBundleExample']),
      targetFault('careTeam.provider', ['Bundle-ReferralAuthorizationBundleExample']),
      targetFault('extension.value.ofType(Reference)', ['Bundle-SurgicalRequestBundleExample']),
    ],
  },
  {
    guide: 'crd-2.0.1',
    name: 'hl7.fhir.us.davinci-crd-2.0.1',
    examples: 16,
    faults: [
      {
        why: 'names an element of R5 by a path that R5 does not have',
        id: 'Extension_EXT_Version_Invalid',
        at: 'CommunicationRequest.payload.extension',
        examples: ['CommunicationRequest-example'],
      },
    ],
  },
  {
    guide: 'dtr-2.0.1',
    name: 'hl7.fhir.us.davinci-dtr-2.0.1',
    examples: 16,
    faults: [
      ...sdcFaults(`${RESOURCE}.extension`, PACKAGED),
      ...sdcFaults('Parameters.parameter.resource.entry.resource.extension', OUTPUT),
      ...sdcFaults('Questionnaire.extension', STANDARD),
      ...sdcFaults('QuestionnaireResponse.contained.extension', ADAPTIVE),
      derivationFault(RESOURCE, ANSWERED),
      derivationFault('QuestionnaireResponse.contained', ADAPTIVE),
    ],
  },
]

const line = (example: string, id: string, at: string): string => `${example}: ${id} at ${at}`

describe.each(PACKAGES)('the examples of $name', ({ guide, name, examples, faults }) => {
  it.skipIf(!hasShared(`fhir-packages/${name}.tgz`))(
    'have the faults that are written down, and no other (needs ../shared/data/fhir-packages)',
    () => {
      const set = profileSet(guide)
      const read = readSharedPackage(name, 'package/example/')
      const found = new Set<string>()
      for (const [file, body] of read)
        for (const fault of validateMessage(set, body, { toleratedContexts: TOLERATED_CONTEXTS }).filter(isError)) {
          const example = file.replace(/^package\/example\/|[.]json$/g, '')
          found.add(line(example, fault.id, faultPath(fault).replace(/\[\d+\]/g, '')))
        }
      expect(read.size).toBe(examples)
      const written = faults.flatMap((fault) => fault.examples.map((example) => line(example, fault.id, fault.at)))
      expect([...found].sort()).toEqual([...written].sort())
    },
  )
})
