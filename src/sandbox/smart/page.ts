import { createHash } from 'node:crypto'
import type { Response } from 'express'

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #fff; --accent: #2e3a8c; --line: #c7c7cf }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf1; --paper: #17171b; --accent: #aab4ff; --line: #4a4a55 } }
body { margin: 0 auto; padding: 24px 16px; max-width: 40rem; font: 17px/1.5 system-ui, "Hiragino Sans", "Noto Sans CJK JP", sans-serif; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.5rem; margin: 0 0 8px }
ul { list-style: none; margin: 24px 0; padding: 0 }
li { display: flex; flex-wrap: wrap; gap: 0 24px; align-items: center; border-top: 1px solid var(--line) }
a { display: inline-flex; align-items: center; min-height: 44px; color: var(--accent) }
a.name { flex: 1 1 16rem; gap: 16px; font-weight: 600 }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.born { font-weight: 400; font-variant-numeric: tabular-nums; color: var(--ink) }
section { width: 900px; margin-top: 24px }
h2 { font-size: 1.125rem; margin: 0; padding: 8px 16px; border: 1px solid var(--line); border-bottom: 0 }
iframe { display: block; border: 0; outline: 1px solid var(--line) }
body:has(iframe) { max-width: 900px }`

/** Pages of this machine. */
export const LOOPBACK_PAGES = "'self' http://localhost:* http://127.0.0.1:*"

/** Nothing runs, nothing is fetched, nothing is sent from our pages; other apps of this machine may show them in a frame, and be shown in ours. */
const policyOf = (frames: boolean): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    ...(frames ? [`frame-src ${LOOPBACK_PAGES}`] : []),
    `frame-ancestors ${LOOPBACK_PAGES}`,
  ].join('; ')

interface PageParts {
  readonly status?: number
  readonly title: string
  readonly body: string
  /** The page shows others of this machine in frames. */
  readonly frames?: boolean
}

/** Answers with a small HTML page. Title and body are HTML already: what comes from outside goes through `escapeHtml`. */
export function sendPage(res: Response, { status = 200, title, body, frames = false }: PageParts): void {
  res.status(status).set('Content-Security-Policy', policyOf(frames)).type('html')
  res.send(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${STYLE}</style></head>
<body><main><h1>${title}</h1>${body}</main></body></html>`)
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text as HTML, also inside an attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!)
