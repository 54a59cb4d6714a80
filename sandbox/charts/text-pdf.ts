/** A plain PDF of text lines (Helvetica, letter size), enough for a synthetic report. ASCII only; no dependency. */
const LINES_PER_PAGE = 44

const escape = (line: string): string => line.replace(/[\\()]/g, (character) => `\\${character}`)

function pageContent(lines: readonly string[]): string {
  const shown = lines.map((line) => `(${escape(line)}) Tj T*`).join('\n')
  return `BT /F1 11 Tf 14 TL 72 720 Td\n${shown}\nET`
}

/** Bytes of the PDF as a Latin-1 string: every character is one byte, so offsets are string lengths. */
function assemble(objects: readonly string[]): string {
  let body = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = body.length
    body += `${String(index + 1)} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const size = String(objects.length + 1)
  return `${body}xref\n0 ${size}\n0000000000 65535 f \n${table}trailer << /Size ${size} /Root 1 0 R >>\nstartxref\n${String(body.length)}\n%%EOF\n`
}

/** Base64 of a PDF that shows the lines, a page for every 44 of them. */
export function buildTextPdf(lines: readonly string[]): string {
  const pages: (readonly string[])[] = []
  for (let from = 0; from < Math.max(lines.length, 1); from += LINES_PER_PAGE)
    pages.push(lines.slice(from, from + LINES_PER_PAGE))
  const pageNumber = (index: number): string => `${String(4 + index * 2)} 0 R`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${pages.map((_, index) => pageNumber(index)).join(' ')}] /Count ${String(pages.length)} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...pages.flatMap((page, index) => {
      const content = pageContent(page)
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents ${String(5 + index * 2)} 0 R >>`,
        `<< /Length ${String(content.length)} >>\nstream\n${content}\nendstream`,
      ]
    }),
  ]
  return Buffer.from(assemble(objects), 'latin1').toString('base64')
}
