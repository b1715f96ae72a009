import { expect, test } from 'vitest'
import { openStore } from '../../src/queue/open-store.ts'
import { newFolder, order } from '../queue/store.ts'
import { kizuna, linesOf } from './run-kizuna.ts'

test('list shows what is there, retry and drop do what they say', async () => {
  const folder = newFolder()
  const { queue, close } = openStore({ folder })
  await queue.send([order('a'), order('b')])
  await queue.bury((await queue.take(1_000))!, 'processing: The FHIR server answered 400 (invalid)')
  const listed = await kizuna(['queue', 'list', '--data', folder])
  expect(listed.out).toContain('dead\tscore\ta 1')
  expect(listed.out).toContain('answered 400')
  expect(listed.out).toContain('1 waiting, 1 dead')
  expect(linesOf(await kizuna(['queue', 'list', '--state', 'dead', '--json', '--data', folder]))).toMatchObject([
    { id: 1, state: 'dead', failures: 1 },
  ])
  expect(await kizuna(['queue', 'retry', '--state', 'dead', '--data', folder])).toMatchObject({ code: 0, out: '1 will be tried again\n' })
  expect(await kizuna(['queue', 'drop', '1', '7', '--data', folder])).toMatchObject({
    code: 3,
    out: expect.stringContaining('1 dropped; 1 not'),
  })
  close()
})

test.each([[['retry']], [['drop', 'x']], [['list', '--state', 'lost']]])('%j: what to do instead, and 2', async (words) => {
  const folder = newFolder()
  openStore({ folder }).close()
  expect(await kizuna(['queue', ...words, '--data', folder])).toMatchObject({ code: 2, err: expect.stringContaining('kizuna: ') })
})

test('no queue there: said, and none is made', async () => {
  expect(await kizuna(['queue', 'list', '--data', newFolder()])).toMatchObject({ code: 2, err: expect.stringContaining('--data') })
})
