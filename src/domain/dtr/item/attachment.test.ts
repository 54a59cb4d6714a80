import type { DocumentReference } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { answerFromDocument, answerFromFile, checkFile } from './attachment.ts'

const file = { name: 'x.pdf', contentType: 'application/pdf', size: 100, data: 'AA==', at: '2026-11-28T10:00:00Z' }
const document: DocumentReference = {
  resourceType: 'DocumentReference',
  status: 'current',
  type: { text: 'Progress note' },
  date: '2026-11-01T09:00:00Z',
  content: [
    { attachment: { contentType: 'text/html', url: 'Binary/1' } },
    { attachment: { contentType: 'application/pdf; charset=x', url: 'Binary/2' } },
  ],
}

describe('what an attachment question takes', () => {
  it.each([
    [[], 'text/plain', null],
    [['application/pdf'], 'application/PDF', null],
    [['image/*'], 'image/png', null],
    [['image/*'], 'application/pdf', 'form.file.wrong-type'],
    [['application/pdf'], '', 'form.file.wrong-type'],
  ])('of %j says to %s: %s', (mimeTypes, contentType, key) => {
    expect(checkFile({ mimeTypes, maxSizeMb: null }, { contentType, size: 1 })?.key ?? null).toBe(key)
  })

  it('refuses what is larger than the form allows', () => {
    const fault = checkFile({ mimeTypes: [], maxSizeMb: 1 }, { contentType: 'a/b', size: 1024 * 1024 + 1 })
    expect(fault).toEqual({ key: 'form.file.too-large', params: { max: 1 } })
  })

  it('makes an answer of a file with its name, size and time', () => {
    expect(answerFromFile({ mimeTypes: [], maxSizeMb: null }, file)).toEqual({
      ok: true,
      value: {
        valueAttachment: {
          contentType: 'application/pdf',
          title: 'x.pdf',
          size: 100,
          data: 'AA==',
          creation: '2026-11-28T10:00:00Z',
        },
      },
    })
  })

  it('takes the attachment of a chart document that fits, under the document’s name', () => {
    const taken = answerFromDocument({ mimeTypes: ['application/pdf'], maxSizeMb: null }, document)
    expect(taken.ok && taken.value.valueAttachment).toMatchObject({ url: 'Binary/2', title: 'Progress note' })
    const refused = answerFromDocument({ mimeTypes: ['image/png'], maxSizeMb: null }, document)
    expect(!refused.ok && refused.error.key).toBe('form.file.wrong-type')
    expect(document.content[1]?.attachment.title).toBeUndefined()
  })
})
