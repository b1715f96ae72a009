/**
 * The app in figures, in a real browser against the embedded EHR: what it weighs, how soon the chart is there, how soon an answer shows.
 * Times are printed beside those of a static page of the same size, loaded in turns with it, since machines differ: compare the ratios.
 * `node test/bench/app.ts`
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium, type Page } from 'playwright-core'
import { startSandboxProcess } from '../e2e/sandbox-process.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 7)
const ASSETS = 'dist/app/assets'
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN
const print = (line: string): boolean => process.stdout.write(`${line}\n`)
const milliseconds = (value: number): string => `${Math.round(value)} ms`

const files = readdirSync(ASSETS).map((name) => ({ name, bytes: readFileSync(`${ASSETS}/${name}`) }))
const weigh = (wanted: (name: string) => boolean): number =>
  files.filter(({ name }) => wanted(name)).reduce((sum, { bytes }) => sum + gzipSync(bytes).length, 0)
const bare = files.reduce((sum, { bytes }) => sum + bytes.length, 0)

/** A page that loads as many bytes of script as the app and shows one line: what this machine and browser need at the least. */
async function serveStaticPage(): Promise<{ url: string; close: () => void }> {
  const script = `document.body.append("here");/*${'x'.repeat(bare)}*/`
  const server = createServer((req, res) => {
    const isScript = req.url === '/script.js'
    res.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    res.end(isScript ? script : '<!doctype html><title>static</title><body><script src="/script.js"></script>')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() }
}

/** A new context each time, so that nothing comes from a cache; the time from leaving for the address to the text being painted. */
async function timeTo(browser: Browser, url: string, arrived: (page: Page) => Promise<void>): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 900, height: 800 }, locale: 'en-GB' })
  const page = await context.newPage()
  const before = performance.now()
  await page.goto(url, { waitUntil: 'commit' })
  await arrived(page)
  const time = performance.now() - before
  await context.close()
  return time
}

interface Target {
  readonly name: string
  readonly url: string
  readonly arrived: (page: Page) => Promise<void>
}

/** The targets in turns, so that a busy machine slows all of them; the best round of each says what the page itself needs. */
async function timesTo(browser: Browser, targets: readonly Target[]): Promise<{ readonly best: number; readonly usual: number }[]> {
  const times = targets.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, { url, arrived }] of targets.entries()) times[index]!.push(await timeTo(browser, url, arrived))
  return times.map((of) => ({ best: Math.min(...of), usual: median(of) }))
}

/** From the click on an answer to the next frame painted after it shows as chosen. */
async function answerLatency(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext({ locale: 'en-GB' })
  const page = await context.newPage()
  await page.goto(url)
  await page.locator('.due .buttons button').last().click()
  await page.locator('input[name="instrument"][value="phq-9"]').check()
  await page.locator('input[name="mode"][value="hand-over"]').check()
  await page.locator('button[type="submit"]').click()
  for (const box of await page.locator('input[name="identity"]').all()) await box.check()
  await page.locator('input[name="company"][value="alone"]').check()
  await page.locator('button.primary').click()
  await page.locator('button.primary').click()
  await page.locator('input[type="radio"]').first().waitFor()
  const times = await page.evaluate(async (rounds) => {
    const painted = () => new Promise<void>((done) => requestAnimationFrame(() => setTimeout(done)))
    const measured: number[] = []
    for (let round = 0; round < rounds; round++) {
      const heading = document.querySelector('h1')?.textContent
      document.querySelector<HTMLInputElement>('input[type="radio"]')?.click()
      await painted()
      const before = performance.now()
      document.querySelector<HTMLButtonElement>('button[type="submit"].primary')?.click()
      while (document.querySelector('h1')?.textContent === heading) await painted()
      await painted()
      measured.push(performance.now() - before)
    }
    return measured
  }, ROUNDS)
  await context.close()
  return median(times)
}

/** The network goes away in mid-form: how many answers are still there after it has come back and the page was loaded again. */
async function answersAfterOffline(browser: Browser, url: string): Promise<string> {
  const context = await browser.newContext({ locale: 'en-GB' })
  const page = await context.newPage()
  await page.goto(url)
  await page.locator('.due .buttons button').last().click()
  await page.locator('input[name="instrument"][value="phq-9"]').check()
  await page.locator('input[name="mode"][value="paper"]').check()
  await page.locator('button[type="submit"]').click()
  await context.setOffline(true)
  for (const group of (await page.locator('.items fieldset').all()).slice(0, 5)) await group.locator('input').first().check()
  await context.setOffline(false)
  await page.reload()
  await page
    .getByRole('button', { name: /Continue/ })
    .first()
    .click()
  const progress = await page
    .getByText(/^\d+ of \d+ answered/)
    .first()
    .innerText()
  await context.close()
  return progress
}

const [sandbox, page, browser] = await Promise.all([
  startSandboxProcess(),
  serveStaticPage(),
  chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: FLAGS }),
])
const launchOf = (patient: string) =>
  `${sandbox.url}/ehr/launch?${new URLSearchParams({ patient, launch_url: `${sandbox.url}/smart-launch.html` })}`
try {
  print(
    `app ${(weigh((name) => !name.startsWith('r4-')) / 1000).toFixed(1)} KB gzip, validator ${(weigh((name) => name.startsWith('r4-')) / 1000).toFixed(1)} KB`,
  )
  const chart = async (one: Page) => await one.locator('.title-row').waitFor()
  const targets: Target[] = [
    {
      name: `static page of the same ${Math.round(bare / 1000)} KB`,
      url: page.url,
      arrived: async (one) => await one.getByText('here').waitFor(),
    },
    ...['koko', 'kaho', 'rei'].map((patient) => ({ name: `launch to chart, ${patient}`, url: launchOf(patient), arrived: chart })),
  ]
  const measured = await timesTo(browser, targets)
  const ratio = (time: number, least: number): string => (time / least).toFixed(1)
  for (const [index, { best, usual }] of measured.entries())
    print(
      `${targets[index]!.name}: best ${milliseconds(best)}, median ${milliseconds(usual)}; ${ratio(best, measured[0]!.best)} and ${ratio(usual, measured[0]!.usual)} times the static page`,
    )
  print(`answer to next question painted: ${milliseconds(await answerLatency(browser, launchOf('nagi')))}`)
  print(`offline in mid-form, then loaded again: ${await answersAfterOffline(browser, launchOf('nagi'))}`)
} finally {
  await browser.close()
  page.close()
  await sandbox.stop()
}
