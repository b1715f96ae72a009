import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { delivery, earlier, epds, response, summing } from '../fixtures/responses.ts'

const folder = mkdtempSync(join(tmpdir(), 'kizuna-zones-'))
afterAll(() => rmSync(folder, { recursive: true }))

const lines = (name: string, resources: readonly object[]): string => {
  writeFileSync(join(folder, name), resources.map((one) => JSON.stringify(one)).join('\n'))
  return join(folder, name)
}

/** Written shortly after midnight in Tokyo, on day 21 there and on day 20 in London and New York. */
const authored = '2026-03-22T00:30:00+09:00'
const given = lines('responses.ndjson', [
  response('mibs-j', summing(5, 10, 1, [3, 5, 7, 9]), { authored }),
  epds(9, { authored, id: 'response-2' }),
])
const history = lines('history.ndjson', [delivery('2026-02-28T15:10:00Z'), earlier('epds-total', 4, '2026-03-14T23:30:00+09:00')])

const scored = (zone: string, emit: string): string =>
  execFileSync(
    'node_modules/.bin/node',
    ['src/cli/kizuna.js', 'score', '--emit', emit, '--history', history, '--recorded-at', '2026-04-01T00:00:00Z', given],
    {
      encoding: 'utf8',
      env: { ...process.env, TZ: zone },
    },
  )

test.each(['summary', 'bundle', 'resources'])('%s: the same bytes in Tokyo, London and New York', (emit) => {
  const [tokyo, ...others] = ['Asia/Tokyo', 'Europe/London', 'America/New_York'].map((zone) => scored(zone, emit))
  expect(others).toEqual([tokyo, tokyo])
})

test('days are counted where the response was written', () => {
  const [mibs, mood] = scored('America/New_York', 'summary')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { rules: { id: string; fired: boolean }[] })
  const fired = (summary: typeof mibs) => summary!.rules.filter((rule) => rule.fired).map(({ id }) => id)
  expect(fired(mibs)).toContain('B3')
  expect(fired(mood)).toContain('C1')
})
