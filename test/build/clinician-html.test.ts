import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { clinicianHtml } from '../../src/build/clinician-html.ts'
import { clinicianPages } from '../../src/build/clinician-pages.ts'
import { htmlPage } from '../../src/publish/page-html.ts'

const page = (markdown: string): string => htmlPage({ markdown, language: 'en', style: '', styleHash: 'sha256-' })
const wordsOf = (text: string): string => text.replaceAll(/[\s|*`#\\-]/g, '')
const textOf = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

describe.each([...clinicianPages()])('the page %s in a browser', (language, markdown) => {
  const html = clinicianHtml().get(`rules.${language}.html`)!

  test('says all that the page says, in its order', () => {
    expect(wordsOf(textOf(html.slice(html.indexOf('<main>'))))).toBe(wordsOf(markdown))
  })

  test('nothing runs and nothing is fetched; its look is the one that its policy names', () => {
    const style = /<style>([\s\S]*)<\/style>/.exec(html)![1]!
    expect(html).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`)
    expect(html).toContain("default-src 'none'")
    expect(html).not.toMatch(/<script|<a |<img|<link|\shref|\ssrc=|\sstyle=|\son\w+=/)
    expect(html).toContain(`<html lang="${language}">`)
  })

  test('its marks have become headings, lists, rows and bold', () => {
    expect(html).not.toMatch(/\*\*|^#|^- |^\| /m)
    for (const tag of ['h1', 'h2', 'h3', 'li', 'th', 'td', 'strong', 'code']) expect(html).toContain(`<${tag}>`)
  })
})

test('what looks like HTML stays text', () => {
  expect(page('# A\n\n<script>x</script> & **"b"**')).toContain(
    '<p>&lt;script&gt;x&lt;/script&gt; &amp; <strong>&quot;b&quot;</strong></p>',
  )
})

test('a bar inside a cell does not part it', () => {
  expect(page('# A\n\n| a | b |\n| --- | --- |\n| x\\|y | z |')).toContain('<tr><td>x|y</td><td>z</td></tr>')
})
