/** The look of the launch page: one column of women, calm, in light and dark. It stands in the page itself, its hash in the policy. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b1f; --soft: #55555f; --paper: #fff; --accent: #2e3a8c; --line: #d8d8de; --field: #f4f4f7 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececf1; --soft: #b3b3bf; --paper: #17171b; --accent: #aab4ff; --line: #3c3c46; --field: #212127 }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 24px 16px 64px; max-width: 64rem; font: 1rem/1.5 system-ui, "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", sans-serif; color: var(--ink); background: var(--paper); overflow-wrap: anywhere }
:lang(ja) body { line-height: 1.7 }
header { display: flex; flex-wrap: wrap; gap: 0 24px; align-items: center; justify-content: space-between }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.25 }
h2 { margin: 48px 0 8px; font-size: 1.25rem; line-height: 1.25 }
p { margin: 8px 0; max-width: 70ch }
:lang(ja) main > p { max-width: 40em }
a { color: var(--accent); text-underline-offset: 0.2em }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 2px }
header a, .women a, .links a { display: inline-flex; flex-wrap: wrap; align-items: center; min-height: 44px }
.women, .links { list-style: none; margin: 16px 0 0; padding: 0 }
.women li { display: grid; gap: 0 32px; padding: 8px 0 16px; border-top: 1px solid var(--line) }
.women li:last-child { border-bottom: 1px solid var(--line) }
.name { gap: 0 12px; font-weight: 600 }
.name bdi + bdi { font-weight: 400 }
.women p { margin: 0 }
.where { color: var(--soft); font-variant-numeric: tabular-nums }
.story { padding-top: 10px }
:lang(ja) .story, :lang(ja) main > p { word-break: auto-phrase }
.self { justify-self: start; align-self: start; white-space: nowrap; display: flex; gap: 0 16px }
.links { margin: 0; display: flex; flex-wrap: wrap; gap: 0 24px }
dl { margin: 16px 0 }
dt { font-weight: 600 }
dd { margin: 0 0 8px }
code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.875rem }
pre { margin: 8px 0; padding: 16px; white-space: pre-wrap; line-height: 1.5; background: var(--field) }
@media (min-width: 48rem) {
  body { padding: 48px 32px 96px }
  .women li { grid-template-columns: 18rem 1fr auto }
}
@media print { .self, .links { display: none } }
`
