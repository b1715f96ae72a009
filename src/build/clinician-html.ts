import { createHash } from 'node:crypto'
import type { Plugin } from 'vite'
import { htmlPage } from '../publish/page-html.ts'
import { clinicianPages } from './clinician-pages.ts'

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #fff; --line: #c7c7cf }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf1; --paper: #17171b; --line: #4a4a55 } }
body { margin: 0 auto; padding: 24px 16px 64px; max-width: 64rem; font: 1rem/1.6 system-ui, "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", sans-serif; color: var(--ink); background: var(--paper); overflow-wrap: break-word }
h1 { font-size: 1.75rem; line-height: 1.25 }
h2 { margin: 48px 0 8px; font-size: 1.25rem }
h3 { margin: 32px 0 8px; font-size: 1.0625rem }
p, ul { max-width: 75ch }
.table { overflow-x: auto }
table { border-collapse: collapse; min-width: 36rem }
th, td { padding: 8px 16px 8px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th:first-child, td:first-child, td:nth-child(3) { white-space: nowrap }
td:nth-child(2) { min-width: 20rem }
@media print { .table { overflow: visible } tr { break-inside: avoid } }
`

/** The clinician's pages as `rules.<language>.html`, beside the app. */
export function clinicianHtml(): Map<string, string> {
  const styleHash = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`
  return new Map(
    [...clinicianPages()].map(([language, markdown]) => [
      `rules.${language}.html`,
      htmlPage({ markdown, language, style: STYLE, styleHash }),
    ]),
  )
}

/** Makes them part of the built app. */
export const clinicianHtmlPlugin = (): Plugin => ({
  name: 'kizuna-clinician-pages',
  generateBundle() {
    for (const [fileName, source] of clinicianHtml()) this.emitFile({ type: 'asset', fileName, source })
  },
})
