import type { Bundle, Parameters } from 'fhir/r4.js'
import { afterEach, describe, expect, test } from 'vitest'
import { createScorer } from '../../src/service/scoring.ts'
import { createScoringPool, type PoolOptions, type ScoringPool } from '../../src/service/scoring-pool.ts'
import { knowledge, withSite } from '../fixtures/knowledge.ts'
import { earlier, epds } from '../fixtures/responses.ts'

const ASKING = { recorded: '2026-04-01T00:00:00.000Z', isMinimal: false }
const THREAD = new URL('../../src/cli/scoring-thread.ts', import.meta.url)
const bytesOf = (body: unknown): Buffer => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
const bundleOf = (count: number): Bundle => ({
  resourceType: 'Bundle',
  type: 'collection',
  entry: Array.from({ length: count }, (_, index) => ({ resource: epds(index % 28, { id: `form-${index}` }) })),
})

const pools: ScoringPool[] = []
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
})

function poolOf(options: Partial<PoolOptions> = {}): ScoringPool {
  const pool = createScoringPool({ module: THREAD, site: knowledge.site, threads: 1, ...options })
  pools.push(pool)
  return pool
}

describe('a scoring thread answers what the thread that serves would', () => {
  const parameters: Parameters = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'response', resource: epds(12) },
      { name: 'history', resource: earlier('epds-total', 3, '2026-02-01') },
    ],
  }
  test.each([
    { name: 'one response', body: epds(13) },
    { name: 'a Bundle', body: bundleOf(30) },
    { name: 'with her history', body: parameters },
    { name: 'summaries only', body: epds(13), asking: { ...ASKING, isMinimal: true } },
    {
      name: 'an object where a text is due',
      body: { ...epds(3), id: { toString: '' }, subject: { identifier: { system: { toString: '' } } } },
    },
    {
      name: 'a subject without a text',
      body: { ...epds(3), subject: { reference: { toString: '' }, identifier: { value: { toString: '' } } } },
    },
    { name: 'a form of nobody', body: { ...epds(3), questionnaire: 'https://example.org/unknown' } },
  ])('$name', async ({ body, asking = ASKING }) => {
    const [there, here] = await Promise.all([poolOf().score(bytesOf(body), asking), createScorer(knowledge)(bytesOf(body), asking)])
    expect(there!.text).toBe(here!.text)
    expect(there!.tallies).toEqual(here!.tallies)
  })

  test('each is given its own, in whatever order they come back', async () => {
    const pool = poolOf({ module: new URL('./waiting-thread.ts', import.meta.url) })
    const answers: Promise<string | undefined>[] = []
    for (const milliseconds of ['150', '80', '10', '0']) {
      answers.push(pool.score(bytesOf(milliseconds), ASKING).then((answer) => answer?.text))
      await new Promise((nextTurn) => setTimeout(nextTurn, 5))
    }
    expect(await Promise.all(answers)).toEqual(['150', '80', '10', '0'])
  })

  test('the site file counts there too', async () => {
    const site = { language: 'ja', thresholdPolicy: 'cox13' } as const
    const knowing = withSite(site)
    const there = await poolOf({ site: knowing.site }).score(bytesOf(epds(12)), ASKING)
    const here = await createScorer(knowing)(bytesOf(epds(12)), ASKING)
    expect(there!.text).toBe(here!.text)
    expect(there!.text).toContain('cox13')
  })

  test.each([
    { name: 'no JSON', body: '{"resourceType":', code: 'structure' },
    { name: 'another resource', body: { resourceType: 'Patient' }, code: 'structure' },
    {
      name: 'a parameter whose name is an object',
      body: { resourceType: 'Parameters', parameter: [{ name: { toString: '' } }] },
      code: 'structure',
    },
    { name: 'an empty Bundle', body: { resourceType: 'Bundle', type: 'collection' }, code: 'required', expression: 'Bundle' },
  ])('$name is refused with its code', async ({ body, code, expression }) => {
    const refused = poolOf().score(bytesOf(body), ASKING)
    await expect(refused).rejects.toMatchObject({ name: 'AssessmentError', code, ...(expression && { expression }) })
  })
})

test('who asks for a write is not answered here, however it is spelt', async () => {
  const asks = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'response', resource: epds(3) },
      { name: 'writeBack', valueBoolean: true },
    ],
  }
  const spelt = JSON.stringify(asks).replace('writeBack', '\\u0077riteBack')
  expect(await Promise.all([asks, spelt].map((body) => poolOf().score(bytesOf(body), ASKING)))).toEqual([undefined, undefined])
})

test('answers find their askers, whichever thread is done first', async () => {
  const pool = poolOf({ threads: 2 })
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      pool.score(bytesOf(index % 8 === 0 ? bundleOf(50) : epds(index % 28, { id: `asked-${index}` })), ASKING),
    ),
  )
  for (const [index, answer] of answers.entries()) {
    expect(answer!.text).toContain(index % 8 === 0 ? 'QuestionnaireResponse/form-49"' : `QuestionnaireResponse/asked-${index}"`)
  }
})

test('whatever else is to be done goes on meanwhile', async () => {
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  await poolOf().score(bytesOf(bundleOf(2_000)), ASKING)
  clearInterval(timer)
  expect(turns).toBeGreaterThan(20)
})

describe('a thread that dies', () => {
  const script = (text: string): URL => new URL(`data:text/javascript,${encodeURIComponent(text)}`)
  const port = "import { parentPort } from 'node:worker_threads';"

  test('takes what it was scoring with it; the next body has a new one', async () => {
    const answers = `parentPort.postMessage(orders.map(({ id }) => ({ id, answer: { text: '{}', tallies: [] } })))`
    const module = script(`${port} parentPort.on('message', ({ orders, bodies }) => bodies[0] === 120 ? process.exit(1) : ${answers})`)
    const pool = poolOf({ module })
    const [one, other] = await Promise.allSettled([pool.score(Buffer.from('x'), ASKING), pool.score(Buffer.from('y'), ASKING)])
    expect(one).toMatchObject({
      status: 'rejected',
      reason: { code: 'transient', message: 'Scoring was interrupted; nothing was written' },
    })
    expect(other.status).toBe('rejected')
    expect((await pool.score(Buffer.from('z'), ASKING))?.text).toBe('{}')
  })

  test('also one that cannot start, or throws', async () => {
    await expect(poolOf({ module: script('throw new Error("no")') }).score(Buffer.from('x'), ASKING)).rejects.toMatchObject({
      code: 'transient',
    })
  })

  test('what was not raised by us comes as it was thrown', async () => {
    const fault = `parentPort.postMessage(orders.map(({ id }) => ({ id, fault: new TypeError('odd') })))`
    const module = script(`${port} parentPort.on('message', ({ orders }) => ${fault})`)
    await expect(poolOf({ module }).score(Buffer.from('x'), ASKING)).rejects.toBeInstanceOf(TypeError)
  })

  test('closing ends what is under way', async () => {
    const pool = poolOf({ module: script(`${port} parentPort.on('message', () => undefined)`) })
    const waiting = expect(pool.score(Buffer.from('x'), ASKING)).rejects.toMatchObject({ code: 'transient' })
    await pool.close()
    await waiting
  })
})
