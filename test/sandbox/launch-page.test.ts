import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLaunchPage } from '../../src/sandbox/launch-page.ts'
import { loadStories } from '../../src/sandbox/load-stories.ts'
import { motherEntries } from '../../src/sandbox/mothers.ts'
import { OTHER_LAUNCHES } from '../../src/sandbox/other-launches.ts'
import { createAuthorization } from '../../src/sandbox/smart/authorization.ts'
import { createClients } from '../../src/sandbox/smart/clients.ts'
import { createServerKeys, createServiceKey } from '../../src/sandbox/smart/keys.ts'
import { escapeHtml } from '../../src/sandbox/smart/page.ts'
import type { Stories } from '../../src/sandbox/story.ts'
import { launchBrowser, lookAt, missing } from '../e2e/browser.ts'

const stories = loadStories()
const TODAY = '2026-03-01'

let http: Server
let base: string

beforeAll(async () => {
  http = createServer()
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening))
  base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const [keys, serviceKey] = await Promise.all([createServerKeys(), createServiceKey()])
  const { launchRouter } = createAuthorization({
    fhirBaseUrl: `${base}/ehr/fhir`,
    authBaseUrl: `${base}/ehr/auth`,
    clients: createClients([`${base}/smart-launch.html`], { publicKeys: () => serviceKey.publicKeys }),
    patients: () => motherEntries(stories),
    keys,
  })
  const page = (shown: Stories, toldOn = new Map<string, string>()) =>
    createLaunchPage({ stories: shown, baseUrl: base, toldOn, today: () => TODAY })
  const app = express().use('/ehr', launchRouter).get('/', page(stories)).get('/hostile', page(HOSTILE))
  app.get('/kept', page(stories, new Map(stories.mothers.map(({ id }) => [id, '2026-01-01']))))
  http.on('request', app)
})
afterAll(() => http.close())

const [first] = stories.mothers
const HOSTILE: Stories = {
  ...stories,
  mothers: [{ ...first!, names: [{ given: ['<img src=x onerror=alert(1)>'] }], story: { en: 'A & "B" <i>', ja: 'あ' } }],
}

const read = async (path: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${base}${path}`, { headers })
  return { answer, html: await answer.text() }
}
const hrefsOf = (html: string) => [...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => href!.replaceAll('&amp;', '&'))

describe('what it says', () => {
  test.each([
    { name: 'no wish: English', path: '/', accept: '', lang: 'en' },
    { name: 'the browser asks for Japanese', path: '/', accept: 'ja,en;q=0.5', lang: 'ja' },
    { name: 'the link outranks the browser', path: '/?lang=en', accept: 'ja', lang: 'en' },
    { name: 'Japanese by link', path: '/?lang=ja', accept: 'en', lang: 'ja' },
    { name: 'a language that it has not: English', path: '/?lang=xx', accept: 'fr', lang: 'en' },
  ])('$name', async ({ path, accept, lang }) => {
    const { html } = await read(path, { 'accept-language': accept })
    expect(html).toContain(`<html lang="${lang}">`)
    for (const { story } of stories.mothers) expect(html).toContain(escapeHtml(story[lang as 'en' | 'ja']))
    expect(html).not.toMatch(/undefined|\{n\}/)
  })

  test('where each woman is in her course', async () => {
    const { html } = await read('/')
    for (const where of [
      'age 26, pregnant, week 31',
      'age 34, 5 weeks after birth, twins',
      'age 30, due date 30 days past',
      'age 27, 3 days after birth',
    ])
      expect(html).toContain(where)
  })

  test('data that were kept have aged', async () => {
    const { html } = await read('/kept')
    expect(html).toContain('age 27, 8 weeks after birth')
    expect(html).toContain('age 26, pregnant, week 39')
  })

  test('both languages have the same words', () => {
    const { en, ja } = JSON.parse(readFileSync('resources/sandbox/launch-page.json', 'utf8'))
    expect(Object.keys(ja)).toEqual(Object.keys(en))
  })

  test('a name is text, whatever it holds', async () => {
    const { html } = await read('/hostile')
    expect(html).not.toContain('<img')
    expect(html).toContain('A &amp; &quot;B&quot; &lt;i&gt;')
  })
})

test('the policy lets nothing but its own style through', async () => {
  const { answer, html } = await read('/')
  const style = /<style>([\s\S]*)<\/style>/.exec(html)![1]!
  const policy = answer.headers.get('content-security-policy')
  expect(policy).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`)
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toContain('unsafe')
  expect(html).not.toMatch(/<script|style="|onclick/)
})

test('each mother can be opened by the midwife and by herself', async () => {
  const [charts = ''] = (await read('/')).html.split(/<\/ul>/)
  const launches = hrefsOf(charts).filter((href) => href.startsWith(`${base}/ehr/launch?`))
  expect(launches).toHaveLength(2 * stories.mothers.length)
  for (const href of launches) {
    const answer = await fetch(href, { redirect: 'manual' })
    const { origin, pathname, searchParams } = new URL(answer.headers.get('location')!)
    expect(`${origin}${pathname}`).toBe(`${base}/smart-launch.html`)
    expect(searchParams.get('iss')).toBe(`${base}/ehr/fhir`)
    expect(searchParams.get('launch')).toBeTruthy()
  }
  const herself = launches.filter((href) => href.includes('user='))
  expect(herself.map((href) => new URL(href).searchParams.get('user'))).toEqual(stories.mothers.map(({ id }) => `Patient/${id}`))
})

test('each mother has a link to the cards that the record system would show', async () => {
  const cards = hrefsOf((await read('/')).html).filter((href) => href.startsWith(`${base}/ehr/cds?`))
  expect(cards.map((href) => new URL(href).searchParams.get('patient'))).toEqual(stories.mothers.map(({ id }) => id))
})

test('every other launch opens the app or a frame with it', async () => {
  const [, ...rest] = (await read('/')).html.split(/<\/ul>/)
  const launches = hrefsOf(rest.join()).filter((href) => /\/ehr\/(launch|frame)\?/.test(href))
  expect(launches).toHaveLength(OTHER_LAUNCHES.length)
  for (const href of launches) {
    const answer = await fetch(href, { redirect: 'manual' })
    expect([302, 200]).toContain(answer.status)
    const frames = [...(await answer.text()).matchAll(/<iframe src="launch\?/g)].length
    expect(frames).toBe(href.includes('/frame?') ? new URL(href).searchParams.getAll('patient').length : 0)
  }
})

describe.skipIf(missing)('in the browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())

  test.each([
    { name: 'English, light', path: '/?lang=en', colorScheme: 'light', width: 1100 },
    { name: 'Japanese, dark', path: '/?lang=ja', colorScheme: 'dark', width: 1100 },
    { name: '320 px', path: '/?lang=en', colorScheme: 'light', width: 320 },
  ] as const)('$name: nothing for axe to say, nothing cut off, targets large enough', async ({ path, colorScheme, width }) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } })
    const page = await context.newPage()
    await page.goto(base + path)
    await lookAt(page, `launch-page-${width}-${colorScheme}`)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    const heights = await page.locator('a').evaluateAll((links) => links.map((link) => link.getBoundingClientRect().height))
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(44)
    await context.close()
  })

  test('the keyboard goes from name to name, and one sees where it is', async () => {
    const page = await browser.newPage()
    const said: string[] = []
    page.on('console', (message) => said.push(message.text()))
    await page.goto(`${base}/?lang=en`)
    for (let presses = 0; presses < 2; presses++) await page.keyboard.press('Tab')
    const focused = page.locator(':focus')
    expect(await focused.innerText()).toContain('Kaho Sandbox')
    expect(await focused.evaluate((link) => getComputedStyle(link).outlineStyle)).toBe('solid')
    await page.keyboard.press('Tab')
    expect(await focused.getAttribute('aria-label')).toBe('As herself: 砂場 夏帆')
    expect(said).toEqual([])
    await page.close()
  })
})
