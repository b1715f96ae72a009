import type { Language } from '../instrument/instrument.ts'

interface PageOfMarkdown {
  readonly markdown: string
  readonly language: Language
  readonly style: string
  /** As the policy names it: `sha256-…`. */
  readonly styleHash: string
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character]!)

/** Bold, italics and code. All else is text: no link, no picture, no HTML of the source comes through. */
const spansOf = (text: string): string =>
  escaped(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*(.+?)\*\*/g, '<strong>$1</strong>')
    .replace(/\*(.+?)\*/g, '<em>$1</em>')

/** One line where the source was broken; between two Japanese letters stands no space. */
const joined = (text: string): string => text.replace(/(\P{ASCII})\n\s*(?=\P{ASCII})/gu, '$1').replace(/\s*\n\s*/g, ' ')

const rowOf = (line: string, tag: 'th' | 'td'): string => {
  const cells = line.replace(/^\| | \|$/g, '').split(/ \| /)
  return `<tr>${cells.map((cell) => `<${tag}>${spansOf(cell.replaceAll('\\|', '|'))}</${tag}>`).join('')}</tr>`
}

function tableOf([head = '', , ...rows]: readonly string[]): string {
  const body = rows.map((row) => rowOf(row, 'td')).join('\n')
  return `<div class="table" tabindex="0"><table><thead>${rowOf(head, 'th')}</thead>\n<tbody>\n${body}\n</tbody></table></div>`
}

/** One line of the source may go on in the next, indented. */
const listOf = (block: string): string =>
  `<ul>\n${block
    .slice(2)
    .split('\n- ')
    .map((item) => `<li>${spansOf(joined(item))}</li>`)
    .join('\n')}\n</ul>`

function blockOf(block: string): string {
  const heading = /^(#{1,3}) (.*)$/.exec(block)
  if (heading) return `<h${heading[1]!.length}>${spansOf(heading[2]!)}</h${heading[1]!.length}>`
  if (block.startsWith('| ')) return tableOf(block.split('\n'))
  if (block.startsWith('- ')) return listOf(block)
  return `<p>${spansOf(joined(block))}</p>`
}

/**
 * A page of HTML of the Markdown that we write ourselves: headings, paragraphs, lists of one level, tables, bold, italics and code; anything else stands there as
 * text. Its policy lets nothing run and nothing be fetched.
 */
export function htmlPage({ markdown, language, style, styleHash }: PageOfMarkdown): string {
  const blocks = markdown.trim().split(/\n{2,}/)
  const title = escaped(blocks[0]!.replace(/^# /, ''))
  const policy = `default-src 'none'; style-src '${styleHash}'; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${style}</style></head>
<body><main>
${blocks.map(blockOf).join('\n')}
</main></body></html>
`
}
