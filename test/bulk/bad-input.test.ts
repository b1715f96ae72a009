import { describe, expect, test } from 'vitest'
import { createLineFormat } from '../../src/bulk/line-format.ts'
import { readEntries } from '../../src/bulk/read-entries.ts'
import { scoreBatch } from '../../src/bulk/score-entries.ts'
import type { Summary } from '../../src/summary.ts'
import { createHistoryIndex } from '../../src/trajectory/history-index.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { brokenLines, corpus, goodText, textOf } from './bad-input.ts'

/** The summaries of a stream, as `kizuna score` would write them. */
async function summariesOf(...chunks: Buffer[]): Promise<Summary[]> {
  const format = createLineFormat(knowledge, { emit: 'summary', recorded: '2026-01-02T03:04:05Z' })
  const summaries: Summary[] = []
  for await (const batch of readEntries(streamOf(chunks))) {
    scoreBatch(knowledge, createHistoryIndex([]), batch, (result, origin) => summaries.push(JSON.parse(format(result, origin)) as Summary))
  }
  return summaries
}

async function* streamOf(chunks: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

const between = (line: string | Buffer): Promise<Summary[]> =>
  summariesOf(Buffer.from(`${goodText}\n`), Buffer.isBuffer(line) ? line : Buffer.from(line), Buffer.from(`\n${goodText}\n`))

describe('a bad response between two good ones', () => {
  test.each(corpus.cases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const { code, expression, outcome = 'refused', severity = 'error' } = one.expect
    const [before, bad, after] = await between(textOf(one))
    expect([before?.outcome, after?.outcome]).toEqual(['scored', 'scored'])
    expect(bad).toMatchObject({ line: 2, outcome, tier: outcome === 'refused' ? 'none' : 'routine' })
    expect(bad?.issues.filter((issue) => issue.severity === severity)[0]).toMatchObject({ code, expression })
  })
})

describe('a positive item 10 is read from what is refused', () => {
  const refused = corpus.cases.filter(({ expect: { outcome } }) => outcome === undefined)
  test.each(refused.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const [, bad] = await between(textOf(one, true))
    expect(bad).toMatchObject({ line: 2, outcome: 'refused', tier: 'immediate', scores: {} })
    expect(bad?.rules).toMatchObject([{ id: 'S1', verdict: 'fired', fired: true }])
    expect(bad?.issues[0]).toMatchObject({ severity: 'warning', code: 'business-rule' })
    expect(bad?.issues.some(({ code }) => code === one.expect.code)).toBe(true)
  })
})

describe('a line that is no resource, between two good ones', () => {
  test.each(brokenLines.map(({ name, bytes }) => [name, bytes] as const))('%s', async (_name, bytes) => {
    const [before, bad, after] = await between(bytes)
    expect([before?.outcome, after?.outcome]).toEqual(['scored', 'scored'])
    expect(bad).toMatchObject({ line: 2, outcome: 'refused', tier: 'none' })
    expect(bad?.issues[0]).toMatchObject({ severity: 'error', code: 'structure' })
  })

  test('its number stands in the diagnostics, and nothing of its content does', async () => {
    const [, bad] = await between('secret answer')
    expect(bad?.issues[0]?.diagnostics).toBe('Line 2 is not JSON')
  })
})
