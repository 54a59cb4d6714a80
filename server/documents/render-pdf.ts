/**
 * Renders a document model as a tagged PDF (PDF/UA, §508). Rows are laid out with `text()`: pdfkit's own tables take a
 * second a page.
 */
import { createRequire } from 'node:module'
import type { DocumentBlock, DocumentModel } from '#domain/tracking/summary-document.ts'
import { labelOf } from './labels.ts'

const require = createRequire(import.meta.url)
const FONT = require.resolve('@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf')
const FONT_BOLD = require.resolve('@expo-google-fonts/noto-sans/600SemiBold/NotoSans_600SemiBold.ttf')
const MARGIN = 54
const INK = '#14202c'
const MUTED = '#4b5a69'
const LINE = '#d5dce3'

/** Gives the bytes of the PDF. `createdAt` fixes the document's dates, so that the same model gives the same content. */
export async function renderPdf(model: DocumentModel, createdAt: Date): Promise<Uint8Array> {
  // Loaded with the first document: it takes a fifth of a second and memory that a start need not pay.
  const { default: PDFDocument } = await import('pdfkit')
  const pdf = new PDFDocument({
    size: 'LETTER',
    margins: { top: MARGIN, bottom: MARGIN, left: MARGIN, right: MARGIN },
    bufferPages: true,
    tagged: true,
    lang: model.language,
    displayTitle: true,
    pdfVersion: '1.7',
    info: { Title: labelOf(model.title), Producer: 'Precert', CreationDate: createdAt, ModDate: createdAt },
  })
  const chunks: Uint8Array[] = []
  pdf.on('data', (chunk: Uint8Array) => chunks.push(chunk))
  const ended = new Promise<void>((resolve, reject) => {
    pdf.on('end', resolve)
    pdf.on('error', reject)
  })
  const root = pdf.struct('Document')
  pdf.addStructure(root)
  const write = (tag: string, draw: () => void): void => void root.add(pdf.struct(tag, {}, draw))

  write('H1', () => pdf.font(FONT_BOLD).fontSize(17).fillColor(INK).text(labelOf(model.title)).moveDown(0.6))
  for (const section of model.sections) {
    keepTogether(pdf, 60)
    write('H2', () =>
      pdf.font(FONT_BOLD).fontSize(12).fillColor(INK).text(labelOf(section.heading), MARGIN).moveDown(0.3),
    )
    for (const block of section.blocks) drawBlock(pdf, block, write)
  }
  root.end()
  drawFooters(pdf, labelOf(model.footer))
  pdf.end()
  await ended
  return Buffer.concat(chunks)
}

type Pdf = PDFKit.PDFDocument
type Write = (tag: string, draw: () => void) => void

function keepTogether(pdf: Pdf, height: number): void {
  if (pdf.y + height > pdf.page.height - MARGIN - 20) pdf.addPage()
}

function drawBlock(pdf: Pdf, block: DocumentBlock, write: Write): void {
  const width = pdf.page.width - 2 * MARGIN
  if (block.kind === 'facts') {
    for (const row of block.rows)
      drawRow(pdf, [labelOf(row.label), row.value], [width * 0.42, width * 0.58], [MUTED, INK], write)
  } else {
    const shares: number[] =
      block.columns.length === 5 ? [0.07, 0.39, 0.12, 0.17, 0.25] : block.columns.map(() => 1 / block.columns.length)
    const widths = shares.map((share) => share * width)
    drawRow(
      pdf,
      block.columns.map(labelOf),
      widths,
      block.columns.map(() => MUTED),
      write,
    )
    for (const row of block.rows)
      drawRow(
        pdf,
        [...row],
        widths,
        row.map(() => INK),
        write,
      )
  }
  pdf.moveDown(0.8)
}

function drawRow(
  pdf: Pdf,
  cells: readonly string[],
  widths: readonly number[],
  colors: readonly string[],
  write: Write,
): void {
  pdf.font(FONT).fontSize(9.5)
  const height =
    Math.max(
      ...cells.map((cell, index) => pdf.heightOfString(cell === '' ? ' ' : cell, { width: (widths[index] ?? 0) - 8 })),
    ) + 5
  keepTogether(pdf, height)
  const top = pdf.y
  write('P', () => {
    let left = MARGIN
    cells.forEach((cell, index) => {
      pdf.fillColor(colors[index] ?? INK).text(cell, left, top + 2, { width: (widths[index] ?? 0) - 8 })
      left += widths[index] ?? 0
    })
  })
  pdf
    .moveTo(MARGIN, top + height)
    .lineTo(pdf.page.width - MARGIN, top + height)
    .lineWidth(0.5)
    .strokeColor(LINE)
    .stroke()
  pdf.x = MARGIN
  pdf.y = top + height
}

/** Page furniture is an artifact: screen readers skip it. */
function drawFooters(pdf: Pdf, footer: string): void {
  const range = pdf.bufferedPageRange()
  for (let page = range.start; page < range.start + range.count; page++) {
    pdf.switchToPage(page)
    pdf.page.margins.bottom = 0
    pdf.markContent('Artifact', { type: 'Pagination' })
    pdf
      .font(FONT)
      .fontSize(8)
      .fillColor(MUTED)
      .text(`${footer} · ${page + 1}/${range.count}`, MARGIN, pdf.page.height - 36, { lineBreak: false })
    pdf.endMarkedContent()
  }
}
