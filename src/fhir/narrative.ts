const ELEMENTS =
  'a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var'
const ALLOWED = new Set(ELEMENTS.split(' '))
const TAG = /<\/?([A-Za-z][A-Za-z0-9:-]*)(?![A-Za-z0-9:-])([^<>]*)>/g
const QUOTED = /"[^"]*"|'[^']*'/g
const EVENT = /\son[a-z]+\s*=/i
const SCRIPT_LINK = /(?:href|src)\s*=\s*(?:["']\s*)?(?:javascript|vbscript):/i

/**
 * txt-1 and txt-2: a narrative is one `div` of basic formatting with something in it. It is read as text, not as a tree:
 * that finds scripts, forms and event attributes, but it is no sanitizer, and whoever shows a narrative must not rely on it.
 * @see https://hl7.org/fhir/R4/narrative.html
 */
export function narrativeFaults({ div }: { readonly div?: string }): string[] {
  if (div === undefined) return []
  const tags = [...div.matchAll(TAG)].map(([, name = '', attributes = '']) => ({ name, attributes }))
  const basic = /^\s*<div[\s/>]/.test(div) && tags.every(isBasic)
  const hasContent = /\S/.test(div.replaceAll(TAG, '')) || tags.some(({ name }) => name === 'img')
  return [
    ...(basic ? [] : ['txt-1: The narrative SHALL contain only the basic html formatting elements and attributes']),
    ...(hasContent ? [] : ['txt-2: The narrative SHALL have some non-whitespace content']),
  ]
}

const isBasic = ({ name, attributes }: { name: string; attributes: string }): boolean =>
  ALLOWED.has(name) && !EVENT.test(attributes.replaceAll(QUOTED, '')) && !SCRIPT_LINK.test(attributes)
