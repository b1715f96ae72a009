import { Writable } from 'node:stream'
import { createBatchWriter } from '../../src/bulk/batch-writer.ts'
import { createLineFormat, EMITS, type Emit } from '../../src/bulk/line-format.ts'
import { readEntries } from '../../src/bulk/read-entries.ts'
import { scoreBatch } from '../../src/bulk/score-entries.ts'
import { loadKnowledge } from '../../src/load-knowledge.ts'
import { createHistoryIndex } from '../../src/trajectory/history-index.ts'

// `node test/bench/score.ts [lines]`: responses a second on one core, and the ratio to JSON.parse + JSON.stringify of the same lines,
// which says more than the number on a machine that does other things too.

const count = Number(process.argv[2] ?? 100_000)
const CHUNK = 1024 * 1024
const knowledge = loadKnowledge()
const noHistory = createHistoryIndex([])
const instruments = ['epds', 'mibs-j', 'phq-9'].map((id) => knowledge.instruments.find((one) => one.id === id)!)

function lineOf(index: number): string {
  const { id, version, items, answerSystem } = instruments[index % instruments.length]!
  return JSON.stringify({
    resourceType: 'QuestionnaireResponse',
    id: `response-${index}`,
    meta: { versionId: '1', lastUpdated: '2026-01-02T03:04:05Z' },
    questionnaire: `https://w3id.org/kizuna/fhir/Questionnaire/${id}|${version}`,
    status: 'completed',
    subject: { reference: `Patient/woman-${index % 1000}` },
    authored: '2026-01-02T03:04:05Z',
    item: items.map(({ linkId, options }, place) => ({
      linkId,
      text: `The words of a question, about as long as a question is: ${place}`,
      answer: [
        {
          valueCoding: {
            system: answerSystem,
            code: options[(index * 7 + place * 3) % options.length]!.code,
            display: 'The words of an answer, about as long',
          },
        },
      ],
    })),
  })
}

const lines = Array.from({ length: count }, (_, index) => lineOf(index))
const bytes = Buffer.from(`${lines.join('\n')}\n`)

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK) yield bytes.subarray(start, start + CHUNK)
}

const rateOf = async (work: () => void | Promise<void>): Promise<number> => {
  const start = performance.now()
  await work()
  return (count / (performance.now() - start)) * 1000
}

async function score(emit: Emit): Promise<void> {
  const format = createLineFormat(knowledge, { emit, recorded: '2026-01-02T03:04:05Z' })
  const writer = createBatchWriter(new Writable({ write: (_chunk, _encoding, done) => done() }))
  for await (const batch of readEntries(chunks())) {
    scoreBatch(knowledge, noHistory, batch, (result, { line }) => writer.add(format(result, { line })))
    await writer.flow()
  }
  await writer.flush()
}

const copied = await rateOf(() => {
  for (const line of lines) JSON.stringify(JSON.parse(line))
})
const grouped = (rate: number): string => Math.round(rate).toLocaleString('en').padStart(9)
process.stdout.write(
  `${count} responses of ${Math.round(bytes.length / count)} bytes\n${'parse and stringify'.padEnd(20)}${grouped(copied)} a second\n`,
)
for (const emit of EMITS) {
  const rate = await rateOf(() => score(emit))
  process.stdout.write(`${emit.padEnd(20)}${grouped(rate)} a second, ratio ${(rate / copied).toFixed(2)}\n`)
}
