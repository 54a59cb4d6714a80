import { useMutation } from '@tanstack/react-query'
import { getFile } from './http.ts'
import { documentPath, type CaseKey } from './queries.ts'

/** Long enough for the new tab to have read it. */
const REVOKE_AFTER_MS = 60_000

/**
 * Opens a document in a new tab. It is fetched first, because a link could not carry the bearer of a frame without cookies;
 * where the frame may open no tab, it is downloaded.
 */
export function useOpenDocument(key: CaseKey) {
  return useMutation({
    mutationFn: async (documentId: string) => {
      const file = await getFile(documentPath(key, documentId))
      const url = URL.createObjectURL(file)
      // With `noopener` nothing would tell whether a tab was opened; the document is our own.
      if (window.open(url, '_blank') === null) download(url, `${documentId}.pdf`)
      setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS)
    },
  })
}

function download(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}
