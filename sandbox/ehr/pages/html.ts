/** HTML by tagged template: whatever is put in is escaped, unless it is HTML itself. */
export interface Html {
  readonly html: string
}

type Part = Html | string | number | null | undefined | false | readonly Part[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: strings.map((text, index) => text + render(parts[index])).join('') }
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (typeof part === 'string') return escapeHtml(part)
  if (typeof part === 'number') return String(part)
  return 'html' in part ? part.html : part.map(render).join('')
}

/**
 * The little Markdown that cards use (CDS Hooks: GitHub flavoured): paragraphs, lists, bold, italics, code. Everything else
 * stays text, links and HTML included: a card comes from outside.
 */
export function renderMarkdown(markdown: string): Html {
  const blocks = markdown.split(/\n{2,}/).map((block) => {
    const lines = block.split('\n').filter((line) => line.trim() !== '')
    const isList = lines.length > 0 && lines.every((line) => /^\s*[-*] /.test(line))
    return isList
      ? `<ul>${lines.map((line) => `<li>${renderInline(line.replace(/^\s*[-*] /, ''))}</li>`).join('')}</ul>`
      : `<p>${renderInline(lines.join(' '))}</p>`
  })
  return { html: blocks.join('') }
}

function renderInline(text: string): string {
  return escapeHtml(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\*([^*]+)\*/g, '<em>$1</em>')
}
