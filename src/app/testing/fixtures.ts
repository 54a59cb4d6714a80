/** What the fake server of the component tests answers: one infusion, from coverage to decision. Builders, so that a test says only what matters to it. */
import type { ClockView } from '#domain/contract/common.ts'
import type { CaseView, LineView, ReviewView } from '#domain/contract/case.ts'
import type { CoverageView, DeterminationView, LaunchView, OrderGroupView } from '#domain/contract/launch.ts'

export const LAUNCH_ID = 'launch-1'
export const CASE_ID = 'case-1'

const PAYER = { id: 'caresource-oh', name: 'CareSource', phone: '800-555-0100' }

export function launch(overrides: Partial<LaunchView> = {}): LaunchView {
  return {
    launchId: LAUNCH_ID,
    user: {
      name: 'Lena Ruiz, MD',
      role: 'clinician',
      reference: 'Practitioner/lena-ruiz',
      npi: '1234567893',
      maySign: true,
    },
    patient: {
      reference: 'Patient/maya-okafor',
      name: 'Okafor, Maya T.',
      gender: 'female',
      birthDate: '1992-03-12',
      ageYears: 34,
      mrn: '0048213',
    },
    needPatientBanner: true,
    ehrName: 'Sandbox EHR',
    timeZone: 'UTC',
    missingScopes: [],
    focusGroupId: null,
    cases: [],
    ...overrides,
  }
}

export function determination(overrides: Partial<DeterminationView> = {}): DeterminationView {
  return {
    state: 'auth-needed',
    covered: 'covered',
    paNeeded: 'auth-needed',
    docNeeded: ['clinical'],
    docPurpose: ['withpa'],
    infoNeeded: [],
    questionnaires: ['https://caresource.example/Questionnaire/cs-infusion|1.0.0'],
    billingCodes: [{ system: 'https://www.cms.gov/hcpcs', code: 'Q5103', display: null }],
    reasons: [{ code: null, text: 'Prior authorization is required for Q5103 and its administration.' }],
    details: [
      {
        category: 'limitation',
        code: 'Authorized quantity',
        value: '30 units per visit',
        qualification: 'per plan year',
        isLink: false,
      },
    ],
    contacts: [{ name: 'Utilization management', telecom: [{ system: 'phone', value: '800-555-0100' }] }],
    dependencies: [],
    satisfiedPaId: null,
    assertionId: '7F31-0922',
    date: '2026-11-22',
    expiryDate: '2027-02-20',
    ...overrides,
  }
}

const CLOCKS: readonly ClockView[] = [
  {
    id: 'clock-1',
    scope: 'drug',
    lineSequences: [1],
    rule: 'ma-part-b-drug',
    citation: '42 CFR 422.568(b)(3)',
    limit: { value: 72, unit: 'hours' },
    startedAt: null,
    dueAt: null,
    stoppedAt: null,
  },
  {
    id: 'clock-2',
    scope: 'administration',
    lineSequences: [2, 3],
    rule: 'ma-service',
    citation: '42 CFR 422.568(b)(1)',
    limit: { value: 7, unit: 'calendar-days' },
    startedAt: null,
    dueAt: null,
    stoppedAt: null,
  },
]

const NEXT_DAY_MS = 86_400_000

/** Clocks that run: the drug's 72 hours and the administration's 7 days from one hour before `now`. */
export function runningClocks(now: number): ClockView[] {
  const started = now - 3_600_000
  return CLOCKS.map((clock, index) => ({
    ...clock,
    startedAt: new Date(started).toISOString(),
    dueAt: new Date(started + (index === 0 ? 3 : 7) * NEXT_DAY_MS).toISOString(),
  }))
}

export function orderGroup(overrides: Partial<OrderGroupView> = {}): OrderGroupView {
  return {
    groupId: 'group-1',
    orders: [
      order('MedicationRequest/mr-1', 'Infliximab-dyyb infusion, 5 mg/kg', 'Q5103', determination()),
      order('ServiceRequest/sr-1', 'Infusion, first hour', '96413', determination()),
      order('ServiceRequest/sr-2', 'Infusion, each further hour', '96415', determination()),
    ],
    title: 'Infliximab-dyyb infusion, 5 mg/kg',
    kind: 'medication-with-administration',
    diagnosis: 'Crohn’s disease, K50.90',
    requester: 'Dr. Lena Ruiz, Gastroenterology',
    state: 'auth-needed',
    payer: PAYER,
    quotes: [
      {
        text: 'Prior authorization is required for Q5103 and its administration. Complete the attached questionnaire.',
        source: 'CareSource',
        assertionId: '7F31-0922',
      },
    ],
    questionnaireCount: 1,
    estimatedTime: 'under-3min',
    prefill: { answered: 24, total: 28 },
    clocks: [...CLOCKS],
    caseId: null,
    caseState: null,
    nextStep: null,
    owner: 'clinician',
    ...overrides,
  }
}

function order(
  reference: string,
  display: string,
  code: string | null,
  value: DeterminationView,
): OrderGroupView['orders'][number] {
  return { reference, display, detail: null, code, status: 'active', determination: value }
}

/** A group of one order in some other state. */
export function simpleGroup(
  groupId: string,
  title: string,
  state: OrderGroupView['state'],
  overrides: Partial<OrderGroupView> = {},
): OrderGroupView {
  const settled = state === 'no-auth-needed'
  return orderGroup({
    groupId,
    title,
    kind: 'medication',
    state,
    orders: [
      order(
        `MedicationRequest/${groupId}`,
        title,
        null,
        determination({
          state,
          covered: settled ? 'covered' : null,
          paNeeded: settled ? 'no-auth' : null,
          docNeeded: [],
          docPurpose: [],
          questionnaires: [],
          billingCodes: [],
          details: [],
          contacts: [],
          reasons: [],
          assertionId: settled ? '7F31-0923' : null,
          date: settled ? '2026-11-22' : null,
          expiryDate: null,
        }),
      ),
    ],
    requester: null,
    quotes: [],
    questionnaireCount: null,
    estimatedTime: null,
    prefill: null,
    clocks: [],
    owner: 'nobody',
    ...overrides,
  })
}

export function coverage(overrides: Partial<CoverageView> = {}): CoverageView {
  return {
    title: { key: 'coverage.title.neededAndUnknown', params: { count: 1, total: 3, unknown: 1 } },
    problem: null,
    coverages: [
      {
        reference: 'Coverage/cov-1',
        payer: PAYER,
        payerName: 'CareSource',
        plan: 'Medicare Advantage',
        memberId: 'CSA100001',
        chosen: true,
      },
    ],
    groups: [
      orderGroup(),
      simpleGroup('group-2', 'Azathioprine 100 mg daily', 'no-auth-needed'),
      simpleGroup('group-3', 'MR enterography', 'no-answer', { kind: 'service', diagnosis: null }),
    ],
    answeredAt: '2026-11-22T09:41:00Z',
    answerMs: 1_200,
    ...overrides,
  }
}

export function line(sequence: number, overrides: Partial<LineView> = {}): LineView {
  return {
    sequence,
    kind: sequence === 1 ? 'drug' : 'administration',
    title: ['Infliximab-dyyb', 'Infusion, first hour', 'Infusion, each further hour'][sequence - 1] ?? 'Service',
    code: ['Q5103', '96413', '96415'][sequence - 1] ?? null,
    system: null,
    detail: null,
    asked: { value: sequence === 1 ? '175' : '5', unit: 'UN' },
    allowed: null,
    start: '2026-12-01',
    end: '2027-05-31',
    status: 'none',
    reviewActionCode: null,
    authorizationNumber: null,
    trackingNumber: null,
    validFrom: null,
    validTo: null,
    issuedOn: null,
    reasons: [],
    notes: [],
    ...overrides,
  }
}

export function review(overrides: Partial<ReviewView> = {}): ReviewView {
  const answer = (
    itemKey: string,
    label: string,
    value: string,
    kind: 'chart' | 'computed' | 'person',
    edited = false,
  ) => ({
    itemKey,
    label,
    value,
    source: edited ? ('override' as const) : kind === 'person' ? ('manual' as const) : ('auto-server' as const),
    kind,
    confirmed: null,
  })
  return {
    caseId: CASE_ID,
    version: 4,
    state: 'ready',
    lines: [line(1), line(2), line(3)],
    diagnoses: [
      {
        code: 'K50.90',
        name: 'Crohn’s disease',
        source: { key: 'review.diagnosis.chart', params: { code: '34000006' } },
      },
    ],
    forms: [
      {
        formId: 'main',
        title: 'Infusion request',
        status: 'ready',
        failure: null,
        mayComplete: true,
        answers: {
          total: 7,
          fromChart: 4,
          computed: 1,
          edited: 1,
          entered: 1,
          sections: [
            {
              title: 'Diagnosis',
              answers: [
                answer('dx/dx.primary', 'Diagnosis', 'Crohn’s disease, K50.90', 'chart'),
                answer('dx/indication', 'Indication', 'Crohn’s disease', 'chart'),
              ],
            },
            {
              title: 'Disease activity',
              answers: [
                answer('act/hbi', 'Harvey-Bradshaw index', '9 points', 'person'),
                { ...answer('act/severity', 'Severity', 'Moderate', 'chart'), confirmed: true },
                answer('act/weight', 'Weight', '68.4 kg', 'chart'),
              ],
            },
            {
              title: 'Request',
              answers: [
                answer('req/infusions', 'Infusions in the first 6 months', '6', 'chart', true),
                answer('req/units', 'Units in total', '175', 'computed'),
              ],
            },
          ],
        },
      },
    ],
    documents: [
      {
        reference: 'DocumentReference/d1',
        title: 'Gastroenterology note',
        date: '2026-11-18',
        supports: 'Severity',
        contentType: 'application/pdf',
        included: true,
      },
      {
        reference: 'DocumentReference/d2',
        title: 'Colonoscopy report',
        date: '2026-10-04',
        supports: 'Diagnosis',
        contentType: 'application/pdf',
        included: true,
      },
      {
        reference: 'DocumentReference/d3',
        title: 'Primary care note',
        date: '2026-06-11',
        supports: null,
        contentType: 'text/plain',
        included: false,
      },
    ],
    problems: [],
    criteria: [
      criterion(
        'severity',
        'met',
        'Moderate to severe Crohn’s disease',
        'Flowsheet: GI disease activity',
        '2026-11-18',
      ),
      criterion('conventional', 'met', 'Conventional therapy, 3 months or more', 'Azathioprine 100 mg', '2026-05-20'),
      criterion('hbv', 'unknown', 'Hepatitis B core antibody', null, null),
      criterion('tb', 'met', 'Tuberculosis test within 12 months', 'IGRA', '2026-09-03'),
    ],
    policy: {
      title: 'Infliximab and biosimilars',
      version: '1.0.0',
      reviewedOn: '2026-10-01',
      source: 'Illustrative policy',
    },
    signer: { name: 'Lena Ruiz, MD', npi: '1234567893', maySign: true },
    payer: PAYER,
    urgency: { level: 'standard', reason: null },
    clocks: [...CLOCKS],
    ...overrides,
  }
}

function criterion(
  id: string,
  status: 'met' | 'not-met' | 'unknown',
  label: string,
  source: string | null,
  date: string | null,
): ReviewView['criteria'][number] {
  return {
    id,
    status,
    label,
    message: { key: `criteria.message.${status}`, params: { reason: 'Not shown.' } },
    evidence:
      source === null
        ? []
        : [
            {
              evidenceId: `ev-${id}`,
              reference: `Observation/${id}`,
              resourceType: 'Observation',
              versionId: '2',
              label: source,
              date,
              path: null,
              value: null,
            },
          ],
    itemKey: `act/${id}`,
    source: 'Illustrative policy, section 2',
  }
}

export function caseView(overrides: Partial<CaseView> = {}): CaseView {
  return {
    caseId: CASE_ID,
    groupId: 'group-1',
    version: 9,
    state: 'partly-approved',
    title: { key: 'case.title.partlyBoth', params: { denied: 1, reduced: 1 } },
    subtitle: null,
    service: 'Infliximab-dyyb infusion, 5 mg/kg',
    payer: PAYER,
    lines: [
      line(1, {
        status: 'modified',
        reviewActionCode: 'A6',
        allowed: { value: '105', unit: 'UN' },
        authorizationNumber: 'P2611-0093817',
        validFrom: '2026-12-01',
        validTo: '2027-01-12',
        issuedOn: '2026-11-22',
        notes: ['Induction doses only; send the response at week 12 for maintenance.'],
      }),
      line(2, {
        status: 'approved',
        reviewActionCode: 'A1',
        allowed: { value: '5', unit: 'UN' },
        authorizationNumber: 'P2611-0093818',
        validFrom: '2026-12-01',
        validTo: '2027-05-31',
      }),
      line(3, {
        status: 'denied',
        reviewActionCode: 'A3',
        allowed: { value: '0', unit: 'UN' },
        reasons: [{ code: '35', text: null }],
        notes: ['Exceeds the plan’s limit for infusion time.'],
      }),
    ],
    clocks: runningClocks(Date.parse('2026-11-22T10:47:00Z')).map((clock) => ({
      ...clock,
      stoppedAt: '2026-11-22T10:02:00Z',
    })),
    authorizationNumbers: ['P2611-0093817', 'P2611-0093818'],
    decisionSource: 'payer',
    sentAt: '2026-11-22T09:47:00Z',
    decidedAt: '2026-11-22T10:02:00Z',
    traceNumber: '0193cc4a-7d1e-7a30-bb0b-2f5f0a4471aa',
    requests: [],
    answer: [],
    errors: [],
    pendingChange: null,
    changeErrors: [],
    inquiry: null,
    unknown: null,
    nextStep: { key: 'case.next.considerDenial' },
    owner: 'clinician',
    actions: [],
    timeline: [
      {
        at: '2026-11-22T10:02:00Z',
        kind: 'decided',
        message: { key: 'timeline.decided', params: { payer: 'CareSource' } },
        detail: null,
        actor: 'CareSource',
      },
      {
        at: '2026-11-22T09:47:00Z',
        kind: 'sent',
        message: { key: 'timeline.sent', params: { payer: 'CareSource' } },
        detail: null,
        actor: null,
      },
      {
        at: '2026-11-22T09:46:00Z',
        kind: 'signed',
        message: { key: 'timeline.signed', params: { name: 'Lena Ruiz, MD' } },
        detail: null,
        actor: 'Lena Ruiz, MD',
      },
      {
        at: '2026-11-22T09:42:00Z',
        kind: 'filled',
        message: { key: 'timeline.filled', params: { answered: 24, total: 28 } },
        detail: null,
        actor: null,
      },
      {
        at: '2026-11-22T09:41:00Z',
        kind: 'opened',
        message: { key: 'timeline.opened' },
        detail: null,
        actor: 'Lena Ruiz, MD',
      },
    ],
    documents: [
      {
        documentId: 'doc-1',
        title: 'Signed request',
        createdAt: '2026-11-22T09:47:00Z',
        writtenToChart: 'DocumentReference/77',
        writeFailure: null,
      },
    ],
    ...overrides,
  }
}
