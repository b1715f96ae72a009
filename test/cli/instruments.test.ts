import { expect, test } from 'vitest'
import { knowledge } from '../fixtures/knowledge.ts'
import { kizuna } from './run-kizuna.ts'

test('list --json: every instrument with its wordings and the source of each cut-off', async () => {
  const { code, out } = await kizuna(['instruments', 'list', '--json'])
  const listed = JSON.parse(out) as {
    id: string
    items: number
    languages: { status: string }[]
    scales: { cutOffs: { source: string }[] }[]
  }[]
  expect(code).toBe(0)
  expect(listed.map(({ id, items }) => [id, items])).toEqual(knowledge.instruments.map(({ id, items }) => [id, items.length]))
  expect(listed.every(({ languages }) => languages.length > 0 && languages.every(({ status }) => status !== ''))).toBe(true)
  expect(listed.flatMap(({ scales }) => scales).every(({ cutOffs }) => cutOffs.every(({ source }) => source !== ''))).toBe(true)
})

test('list: one line for each', async () => {
  const { out } = await kizuna(['instruments', 'list'])
  expect(out.split('\n').map((line) => line.split(' ')[0])).toEqual(['instrument', ...knowledge.instruments.map(({ id }) => id), ''])
})

test('check: what is installed has no faults; an unknown one is a wrong call', async () => {
  expect(await kizuna(['instruments', 'check', 'epds'])).toEqual({ code: 0, out: '1 instruments checked, 0 faults\n', err: '' })
  const unknown = await kizuna(['instruments', 'check', 'nope'])
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('Installed: epds')])
})
