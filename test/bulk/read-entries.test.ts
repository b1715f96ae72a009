import { describe, expect, test } from 'vitest'
import type { Entry } from '../../src/bulk/entry.ts'
import { readEntries } from '../../src/bulk/read-entries.ts'

const response = (id: string) => ({ resourceType: 'QuestionnaireResponse', id })
const [one, two, three] = [response('1'), response('2'), response('3')]
const json = JSON.stringify
const pretty = (value: unknown) => JSON.stringify(value, null, 2)

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

/** `line:id`, with the code of the fault where there is one. */
async function entriesOf(text: string | Buffer, size = 1 << 20): Promise<string[]> {
  const entries: Entry[] = []
  for await (const batch of readEntries(inChunks(Buffer.from(text), size))) entries.push(...batch.entries)
  return entries.map(({ line, received, fault }) => `${line}:${fault?.code ?? (received as { id?: string } | null)?.id ?? json(received)}`)
}

const bundle = {
  resourceType: 'Bundle',
  type: 'collection',
  entry: [{ resource: one }, { resource: { resourceType: 'Patient', id: 'p' } }, null, { resource: 7 }, {}, { resource: two }],
}

const CASES: { name: string; text: string | Buffer; entries: string[] }[] = [
  { name: 'nothing', text: '', entries: [] },
  { name: 'blank lines only', text: '\n \r\n\t\n', entries: [] },
  { name: 'NDJSON', text: `${json(one)}\n${json(two)}\n`, entries: ['1:1', '2:2'] },
  { name: 'NDJSON without a final newline', text: `${json(one)}\n${json(two)}`, entries: ['1:1', '2:2'] },
  { name: 'NDJSON with CRLF', text: `${json(one)}\r\n${json(two)}\r\n`, entries: ['1:1', '2:2'] },
  { name: 'NDJSON with a byte order mark', text: `\uFEFF${json(one)}\n${json(two)}\n`, entries: ['1:1', '2:2'] },
  { name: 'blank lines are counted', text: `\n${json(one)}\n\n \n${json(two)}\n\n`, entries: ['2:1', '5:2'] },
  { name: 'a malformed first line', text: `{"a":\n${json(two)}\n${json(three)}\n`, entries: ['1:structure', '2:2', '3:3'] },
  { name: 'a malformed line between', text: `${json(one)}\nno\n${json(three)}\n`, entries: ['1:1', '2:structure', '3:3'] },
  { name: 'a malformed last line', text: `${json(one)}\n{"a":`, entries: ['1:1', '2:structure'] },
  { name: 'one line', text: json(one), entries: ['1:1'] },
  { name: 'one line that is no JSON', text: 'no', entries: ['1:structure'] },
  { name: 'one resource over many lines', text: `\n${pretty(one)}\n`, entries: ['2:1'] },
  {
    name: 'one resource over many lines, byte order mark and CRLF',
    text: `\uFEFF${pretty(one).replaceAll('\n', '\r\n')}`,
    entries: ['1:1'],
  },
  { name: 'a list', text: json([one, 7, two]), entries: ['1:1', '2:7', '3:2'] },
  { name: 'a list over many lines', text: pretty([one, two]), entries: ['1:1', '2:2'] },
  { name: 'a list with one element a line', text: `[\n${json(one)}\n]\n`, entries: ['1:1'] },
  { name: 'an empty list', text: '[]', entries: [] },
  {
    name: 'a Bundle: entries are counted, others passed over, broken ones refused',
    text: json(bundle),
    entries: ['1:1', '3:structure', '4:structure', '6:2'],
  },
  { name: 'a Bundle over many lines', text: pretty(bundle), entries: ['1:1', '3:structure', '4:structure', '6:2'] },
  { name: 'a Bundle whose entries are no list', text: json({ resourceType: 'Bundle', entry: {} }), entries: ['1:structure'] },
  { name: 'a document that is broken is read as lines', text: `{\n"resourceType": "x",\n`, entries: ['1:structure', '2:structure'] },
  {
    name: 'bytes that are not UTF-8',
    text: Buffer.concat([Buffer.from(`${json(one)}\n"`), Buffer.from([0xff]), Buffer.from(`"\n${json(three)}\n`)]),
    entries: ['1:1', '2:structure', '3:3'],
  },
]

describe('whatever the chunks', () => {
  test.each(CASES)('$name', async ({ text, entries }) => {
    for (const size of [1 << 20, 64, 7, 1]) expect(await entriesOf(text, size), `chunks of ${size}`).toEqual(entries)
  })
})

test('a fault of a Bundle names its entry', async () => {
  for await (const { entries } of readEntries(inChunks(Buffer.from(json(bundle)), 1000))) {
    expect(entries.flatMap(({ fault }) => fault?.expression ?? [])).toEqual(['Bundle.entry[2]', 'Bundle.entry[3].resource'])
  }
})

test('lines are given as they come, long before the end', async () => {
  let given = 0
  async function* slowly(): AsyncGenerator<Uint8Array> {
    for (; given < 1000; given++) yield Buffer.from(`${json(one)}\n`)
  }
  for await (const _batch of readEntries(slowly())) break
  expect(given).toBeLessThan(5)
})
