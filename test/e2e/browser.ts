import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect, inject } from 'vitest'

const found = inject('chromium')

/** Why the browser tests do not run here; nothing when they do. */
export const missing = 'missing' in found ? found.missing : undefined

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const launchBrowser = (): Promise<Browser> => chromium.launch({ executablePath: 'path' in found ? found.path : '', args: FLAGS })

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
export const SCREENS = 'test/output/screens'
mkdirSync(SCREENS, { recursive: true })

/** A page of its own, which fails the test on anything that it complains of: errors, refused resources, breaches of its security policy. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({
    viewport: { width: 1000, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Asia/Tokyo',
    bypassCSP: false,
    ...options,
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
  return { page, complaints }
}

interface AxeViolation {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly target: readonly string[] }[]
}

/** Looks at a screen as axe does, and keeps a picture of it for people to look at. axe is evaluated by the test, outside of the page's policy. */
export async function lookAt(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${SCREENS}/${name}.png`, fullPage: true })
  const source = readFileSync(AXE, 'utf8')
  await page.evaluate(source)
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<{ violations: AxeViolation[] }> } }
    return (await axe.run()).violations
  })
  expect(
    violations.map(({ id, help, nodes }) => `${name}: ${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
  ).toEqual([])
}
