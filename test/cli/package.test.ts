import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { kizuna, pathOf } from './run-kizuna.ts'

test('package writes the FHIR package, twice the same bytes, and says what it wrote', async () => {
  const [first, second] = [pathOf('first.tgz'), pathOf('second.tgz')]
  const said = await kizuna(['package', '--out', first])
  expect([said.code, said.err]).toEqual([0, ''])
  expect(said.out).toMatch(/first\.tgz: kizuna\.perinatal#1\.0\.0, \d+ files, \d+ bytes\n$/)
  await kizuna(['package', '--out', second])
  const bytes = readFileSync(first)
  expect(bytes.equals(readFileSync(second))).toBe(true)
  expect(gunzipSync(bytes).subarray(0, 20).toString()).toBe('package/package.json')
})

test.each([[['package']], [['package', '--out', '/nowhere/kizuna.tgz']], [['publish']], [['publish', '--to', 'ftp://127.0.0.1']]])(
  '%j is a mistake of usage',
  async (args) => {
    const { code, out, err } = await kizuna(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/--out|--to|cannot be written/)
  },
)
