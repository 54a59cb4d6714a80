/**
 * What the screens read and do, as TanStack Query options and mutations. Addresses are built here and nowhere else.
 */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { FhirResource } from 'fhir/r4'
import type { z } from 'zod'
import type {
  Attachable,
  AttachRequest,
  CaseView,
  ReviewView,
  resolveRequestSchema,
  setDocumentsRequestSchema,
  setUrgencyRequestSchema,
  submitRequestSchema,
} from '#domain/contract/case.ts'
import type { CaseChange, ChangePreview, ChangeView, SendChangeRequest } from '#domain/contract/change.ts'
import type { FormHistory, FormOptions, FormView } from '#domain/contract/form.ts'
import type { CoverageView, LaunchView, openCaseResponseSchema } from '#domain/contract/launch.ts'
import { get, post } from './http.ts'

export type ResolveRequest = z.infer<typeof resolveRequestSchema>
export type SetDocumentsRequest = z.infer<typeof setDocumentsRequestSchema>
export type SetUrgencyRequest = z.infer<typeof setUrgencyRequestSchema>
export type SubmitRequest = z.infer<typeof submitRequestSchema>
type OpenCaseResponse = z.infer<typeof openCaseResponseSchema>

export interface CaseKey {
  readonly launchId: string
  readonly caseId: string
}

/** One form of a case; a case may have several. */
export interface FormKey extends CaseKey {
  readonly formId: string
}

export const launchPath = (launchId: string): string => `/api/launch/${encodeURIComponent(launchId)}`
export const casePath = ({ launchId, caseId }: CaseKey): string =>
  `${launchPath(launchId)}/cases/${encodeURIComponent(caseId)}`
/** `tail` names what is asked of the form: `/options`, `/next`, `/delegation`… */
export const formPath = (key: FormKey, tail = ''): string =>
  `${casePath(key)}/form${tail}${key.formId === 'main' ? '' : `?form=${encodeURIComponent(key.formId)}`}`
export const documentPath = (key: CaseKey, documentId: string): string =>
  `${casePath(key)}/documents/${encodeURIComponent(documentId)}`

/** While the payer is being asked the coverage is read again every second. */
const ASKING_POLL_MS = 1_000
/** After so many readings nothing more is expected by itself. */
const MOVING_POLLS = 30

/** A payer is being asked, or a form is being filled behind the screen. */
function isMoving(view: CoverageView | undefined): boolean {
  return (
    view?.groups.some(
      (group) =>
        group.state === 'asking' ||
        (needsForm(group.state) && group.prefill === null && (group.caseState ?? 'draft') === 'draft'),
    ) === true
  )
}

const needsForm = (state: CoverageView['groups'][number]['state']): boolean =>
  state === 'auth-needed' || state === 'documentation-needed'

/** While the form is being filled from the chart. */
const POPULATING_POLL_MS = 250

export const launchQuery = (launchId: string) =>
  queryOptions({
    queryKey: ['launch', launchId],
    queryFn: ({ signal }) => get<LaunchView>(launchPath(launchId), { signal }),
    staleTime: Infinity,
  })

export const coverageQuery = (launchId: string) =>
  queryOptions({
    queryKey: ['coverage', launchId],
    queryFn: ({ signal }) => get<CoverageView>(`${launchPath(launchId)}/coverage`, { signal }),
    refetchInterval: ({ state }) =>
      isMoving(state.data) && state.dataUpdateCount < MOVING_POLLS ? ASKING_POLL_MS : false,
  })

export const formQuery = (key: FormKey) =>
  queryOptions({
    queryKey: ['form', key.launchId, key.caseId, key.formId],
    queryFn: ({ signal }) => get<FormView>(formPath(key), { signal }),
    refetchInterval: ({ state }) => (state.data?.status === 'populating' ? POPULATING_POLL_MS : false),
    // The engine in the browser holds the form from then on; a re-read behind its back would undo what is being typed.
    staleTime: Infinity,
    gcTime: 0,
  })

/** Options of a question by what was typed. What is searched for may name an illness: it is never in an address. */
export const optionsQuery = (key: FormKey, linkId: string, filter: string) =>
  queryOptions({
    queryKey: ['form-options', key.launchId, key.caseId, key.formId, linkId, filter],
    queryFn: () => post<FormOptions>(formPath(key, '/options'), { linkId, filter }),
    staleTime: Infinity,
  })

/** Who changed which answer; read anew whenever somebody asks. */
export const historyQuery = (key: FormKey) =>
  queryOptions({
    queryKey: ['form-history', key.launchId, key.caseId, key.formId],
    queryFn: ({ signal }) => get<FormHistory>(formPath(key, '/history'), { signal }),
    staleTime: 0,
  })

export const reviewQuery = (key: CaseKey) =>
  queryOptions({
    queryKey: ['review', key.launchId, key.caseId],
    queryFn: ({ signal }) => get<ReviewView>(`${casePath(key)}/review`, { signal }),
    staleTime: 0,
  })

/** GET …/evidence/:evidenceId: the snapshot that an answer rests on. It never changes. */
export interface EvidenceResource {
  readonly resource: FhirResource
  readonly reference: string
  readonly readAt: string
}

export const evidenceQuery = (key: CaseKey, evidenceId: string) =>
  queryOptions({
    queryKey: ['evidence', key.launchId, key.caseId, evidenceId],
    queryFn: ({ signal }) =>
      get<EvidenceResource>(`${casePath(key)}/evidence/${encodeURIComponent(evidenceId)}`, { signal }),
    staleTime: Infinity,
  })

export const caseQuery = (key: CaseKey) =>
  queryOptions({
    queryKey: ['case', key.launchId, key.caseId],
    queryFn: ({ signal }) => get<CaseView>(casePath(key), { signal }),
  })

export function useChooseCoverage(launchId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (coverage: string) => post<CoverageView>(`${launchPath(launchId)}/coverage/choose`, { coverage }),
    onSuccess: () => client.invalidateQueries({ queryKey: coverageQuery(launchId).queryKey }),
  })
}

export function useAskPayer(launchId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (groupId: string) => post<CoverageView>(`${launchPath(launchId)}/coverage/ask`, { groupId }),
    onSuccess: () => client.invalidateQueries({ queryKey: coverageQuery(launchId).queryKey }),
  })
}

export function useOpenCase(launchId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (groupId: string) => post<OpenCaseResponse>(`${launchPath(launchId)}/cases`, { groupId }),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: coverageQuery(launchId).queryKey, refetchType: 'none' }),
        client.invalidateQueries({ queryKey: launchQuery(launchId).queryKey }),
      ]),
  })
}

/** Sets documents or urgency; the answer is whatever the server sends, and the review is read again. */
export function useChangeReview(key: CaseKey) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (change: { documents: SetDocumentsRequest } | { urgency: SetUrgencyRequest }) =>
      'documents' in change
        ? post<unknown>(`${casePath(key)}/documents`, change.documents)
        : post<unknown>(`${casePath(key)}/urgency`, change.urgency),
    onSettled: () => client.invalidateQueries({ queryKey: reviewQuery(key).queryKey }),
  })
}

export function useSubmitCase(key: CaseKey) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (submission: SubmitRequest) => post<unknown>(`${casePath(key)}/submit`, submission),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: caseQuery(key).queryKey }),
        client.invalidateQueries({ queryKey: coverageQuery(key.launchId).queryKey, refetchType: 'none' }),
      ]),
  })
}

/** The chart's documents that may be sent to the payer; read when somebody is about to. */
export const attachableQuery = (key: CaseKey) =>
  queryOptions({
    queryKey: ['attachable', key.launchId, key.caseId],
    queryFn: () => get<Attachable>(`${casePath(key)}/attachable`),
    staleTime: 0,
  })

export function useAttachDocuments(key: CaseKey) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (request: AttachRequest) => post<unknown>(`${casePath(key)}/attach`, request),
    onSettled: () => client.invalidateQueries({ queryKey: caseQuery(key).queryKey }),
  })
}

/** What could be changed of a request; read anew whenever somebody is about to. */
export const changeQuery = (key: CaseKey) =>
  queryOptions({
    queryKey: ['change', key.launchId, key.caseId],
    queryFn: ({ signal }) => get<ChangeView>(`${casePath(key)}/change`, { signal }),
    staleTime: 0,
    gcTime: 0,
  })

/** What the payer would be told of a change, of the case at this version. */
export const changePreviewQuery = (key: CaseKey, version: number, change: CaseChange) =>
  queryOptions({
    queryKey: ['change-preview', key.launchId, key.caseId, version, change],
    queryFn: () => post<ChangePreview>(`${casePath(key)}/change/preview`, { change }),
    staleTime: Infinity,
    gcTime: 0,
  })

export function useSendChange(key: CaseKey) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (request: SendChangeRequest) => post<unknown>(`${casePath(key)}/change`, request),
    // It was not sent, perhaps since something else stands in the chart now: the person reads the differences as they are.
    onError: () => client.invalidateQueries({ queryKey: ['change-preview', key.launchId, key.caseId] }),
    onSettled: () => client.invalidateQueries({ queryKey: caseQuery(key).queryKey }),
  })
}

/** Begins the questionnaire that a request of the payer names; gives the form's id. */
export function useBeginRequestForm(key: CaseKey) {
  return useMutation({
    mutationFn: (requestId: string) => post<{ formId: string }>(`${casePath(key)}/request-form`, { requestId }),
  })
}

/** Completes that questionnaire and sends it. */
export function useSendRequestForm(key: CaseKey) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (requestId: string) => post<unknown>(`${casePath(key)}/request-form/send`, { requestId }),
    onSettled: () => client.invalidateQueries({ queryKey: caseQuery(key).queryKey }),
  })
}

export function useResolveCase(key: CaseKey) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (resolution: ResolveRequest) => post<unknown>(`${casePath(key)}/resolve`, resolution),
    onSettled: () => client.invalidateQueries({ queryKey: caseQuery(key).queryKey }),
  })
}
