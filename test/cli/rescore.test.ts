import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Observation, Provenance, QuestionnaireResponse, Task } from 'fhir/r4.js'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type RescoreOptions, rescore } from '../../src/cli/rescore.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from '../../src/cli/shell.ts'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import { createStore } from '../../src/sandbox/fhir/store.ts'
import type { Rescored } from '../../src/write-back/rescore.ts'
import { writeBack } from '../../src/write-back/write-back.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { outsideResponse } from '../fixtures/outside-forms.ts'
import { delivery, epds, response, summing, weights } from '../fixtures/responses.ts'
import { startFhirServer, token } from '../sandbox/fhir/fhir-server.ts'
import { endOf, startKizuna } from './run-kizuna.ts'

const folder = mkdtempSync(join(tmpdir(), 'kizuna-rescore-'))
const pathOf = (name: string) => join(folder, name)
const fileOf = (name: string, content: string) => {
  writeFileSync(pathOf(name), content)
  return pathOf(name)
}
const siteOf = (policy: string) => fileOf(`${policy}.json`, JSON.stringify({ thresholdPolicy: policy }))
const tokenOf = (name: string) => fileOf(`${name}.token`, `${name}\n`)
afterAll(() => rmSync(folder, { recursive: true }))

let ehr: Awaited<ReturnType<typeof startFhirServer>>
let server: FhirServer
let count = 0
beforeEach(async () => {
  count += 1
  ehr = await startFhirServer({ store: createStore(), check: knowledge.check, grants: { reader: token('system/*.rs') } })
  server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
  return () => ehr.close()
})

/** A response and its results as an earlier day wrote them, under the rules of that day. */
async function stored(given: QuestionnaireResponse, id: string, mother = 'anna', rules = knowledge): Promise<void> {
  const subject = { reference: `Patient/${mother}` }
  await server.update({ resourceType: 'Patient', id: mother })
  const form = await server.update({ ...given, id, subject })
  await writeBack({ server, knowledge: rules, response: form, recording: { recorded: '2026-04-01T00:00:00Z' } })
}

const on = (day: string) => ({ authored: `${day}T10:00:00+09:00` })
const born = async (day: string, mother = 'anna') => {
  await server.update({ resourceType: 'Patient', id: mother })
  await server.update({ ...delivery(day), id: `born-${mother}`, subject: { reference: `Patient/${mother}` } } as Observation)
}
const mibs = (ar: number, day: string) => {
  const [two, three, five, seven] = summing(ar, 4, 3)
  return response('mibs-j', [0, two, three, 0, five, 0, seven, 0, 0, 0], on(day))
}

interface Ran {
  readonly code: ExitCode
  readonly out: string
  readonly err: string
  readonly rows: Rescored[]
}

async function run(options: Partial<RescoreOptions> = {}, stop = new AbortController()): Promise<Ran> {
  const [out, err] = [new PassThrough(), new PassThrough()]
  const read = Promise.all([text(out), text(err)])
  const isTerminal = { stdin: false, out: false, err: false }
  const shell: Shell = {
    stdin: new PassThrough(),
    out,
    err,
    env: {},
    isTerminal,
    now: () => new Date('2026-06-01T00:00:00Z'),
    stop: stop.signal,
  }
  const chosen = { from: ehr.base, token: tokenOf('all'), concurrency: '4', ...options }
  const code = await rescore([], chosen, shell).finally(() => {
    out.end()
    err.end()
  })
  const [said, told] = await read
  const isRows = options.format === undefined || options.format === 'json'
  const rows =
    isRows && options.out === undefined
      ? said
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Rescored)
      : []
  return { code, out: said, err: told, rows }
}

const brief = ({ response: name, change, before, after }: Rescored) => `${name.split('/')[1]} ${change} ${before?.tier} ${after?.tier}`

describe('the threshold of a site changes from levis11 to cox10', () => {
  beforeEach(async () => {
    await stored(epds(10, on('2026-03-01')), 'ten')
    await stored(epds(9, on('2026-03-02')), 'nine', 'bea')
    await stored(epds(14, on('2026-03-03')), 'fourteen', 'cleo')
    await stored(response('phq-9', weights('111111110'), on('2026-03-04')), 'phq', 'dora')
  })

  test('who changes tier, why, and by which rule; nothing is written', async () => {
    const before = await server.searchAll<Observation>('Observation', {})
    const { code, rows, err } = await run({ site: siteOf('cox10') })
    expect(code).toBe(EXIT.done)
    expect(rows.map(brief)).toEqual(['ten tier-up watch assess', 'nine cut-off routine routine', 'fourteen rules priority priority'])
    expect(rows[0]!.why).toEqual([
      '+ D2: epds-total 10 ≥ 10 (cox10)',
      '- D5: the threshold 10 (cox10) leaves nothing above 10 (was epds-total 10 within 10 to 10 (levis11))',
      '~ cut-off of epds-total 11 → 10',
    ])
    expect(err).toContain('4 responses examined')
    expect(err).toContain('1  more pressing')
    expect(err).toContain('tiers: watch → assess (1)')
    expect(err).toContain('nothing was written; --apply writes')
    expect(await server.searchAll<Observation>('Observation', {})).toEqual(before)
  })

  test('with --apply it is written, as amended, with a Provenance of its own; then nothing differs', async () => {
    const { rows } = await run({ site: siteOf('cox10'), apply: true })
    expect(rows.map(brief)).toEqual(['ten tier-up watch assess', 'nine cut-off routine routine', 'fourteen rules priority priority'])
    const [assessment] = await server.searchAll('RiskAssessment', { subject: 'Patient/anna' })
    expect(assessment).toMatchObject({ status: 'amended', prediction: [{ qualitativeRisk: { coding: [{ code: 'assess' }] } }] })
    const provenances = await server.searchAll<Provenance>('Provenance', { target: `RiskAssessment/${assessment!.id}` })
    expect(provenances.map(({ recorded }) => recorded).sort()).toEqual(['2026-04-01T00:00:00Z', '2026-06-01T00:00:00.000Z'])
    const again = await run({ site: siteOf('cox10'), apply: true })
    expect([again.rows, again.err.split('\n')[1]]).toEqual([[], '        4  the same'])
  })

  test('table and CSV say the same', async () => {
    const table = await run({ site: siteOf('cox10'), format: 'table' })
    expect(table.out.split('\n')[1]).toMatch(/^▲ watch → assess +2026-03-01 {2}epds +Patient\/anna +QuestionnaireResponse\/ten$/)
    expect(table.out.split('\n')[2]).toBe('    + D2: epds-total 10 ≥ 10 (cox10)')
    const csv = await run({ site: siteOf('cox10'), format: 'csv' })
    const [head, first] = csv.out.split('\r\n')
    expect(head!.split(',')).toHaveLength(11)
    expect(first).toMatch(
      /^tier-up,watch,assess,2026-03-01T10:00:00\+09:00,epds,Patient\/anna,QuestionnaireResponse\/ten,perinatal\|1\.0\.0,perinatal\|1\.0\.0,"'\+ D2/,
    )
  })

  test('a report in a file; one woman, one instrument, some days', async () => {
    await run({ site: siteOf('cox10'), out: pathOf('report.json') })
    expect(readFileSync(pathOf('report.json'), 'utf8').trim().split('\n')).toHaveLength(3)
    const rowsOf = async (options: Partial<RescoreOptions>) => (await run({ site: siteOf('cox10'), ...options })).rows.map(brief)
    expect(await rowsOf({ patient: 'bea' })).toEqual(['nine cut-off routine routine'])
    expect(await rowsOf({ instrument: 'phq-9,mibs-j' })).toEqual([])
    expect(await rowsOf({ since: '2026-03-02', until: '2026-03-02' })).toEqual(['nine cut-off routine routine'])
  })

  test('with a token that may only read: the preview is whole, writing fails for each and says so', async () => {
    expect((await run({ site: siteOf('cox10'), token: tokenOf('reader') })).code).toBe(EXIT.done)
    const { code, rows } = await run({ site: siteOf('cox10'), token: tokenOf('reader'), apply: true })
    expect([code, rows.map(({ change }) => change)]).toEqual([EXIT.refused, ['failed', 'failed', 'failed']])
    expect(rows[0]!.why[0]).toContain('403')
  })
})

describe('an older response that came late', () => {
  test('changes the baseline of the later one, and that is found and written', async () => {
    await born('2026-01-01')
    await stored(mibs(1, '2026-02-10'), 'first')
    await stored(mibs(2, '2026-04-10'), 'third')
    await stored(mibs(3, '2026-03-10'), 'second-but-late')
    const { rows } = await run()
    expect(rows.map(({ response: name, change }) => [name, change])).toEqual([['QuestionnaireResponse/third', 'rules']])
    expect(rows[0]!.why).toContain('~ mibs-j-ar change 1 → -1')
    expect(rows[0]!.why).toContain('~ mibs-j-ar baseline-mean none → 2')
    await run({ apply: true })
    const [third] = await server.searchAll<Observation>('Observation', {
      subject: 'Patient/anna',
      code: 'https://w3id.org/kizuna/fhir/CodeSystem/score|mibs-j-ar',
      date: 'ge2026-04-01',
    })
    expect(third!.component!.map(({ code, valueQuantity }) => [code.coding![0]!.code, valueQuantity!.value])).toEqual([
      ['baseline-mean', 2],
      ['change', -1],
      ['deviation', 0],
    ])
    expect(third!.status).toBe('amended')
    expect((await run()).rows).toEqual([])
  })

  test('only the baseline differs where no rule speaks of it', async () => {
    await stored(epds(3, on('2026-02-10')), 'first')
    await stored(epds(4, on('2026-04-10')), 'third')
    await stored(epds(5, on('2026-03-10')), 'late')
    const { rows } = await run()
    expect(rows.map(({ change }) => change)).toEqual(['baseline'])
    expect(rows[0]!.why).toEqual([
      '~ epds-total change 1 → -1',
      '~ epds-total baseline-mean none → 4',
      '~ epds-total deviation none → 0',
      '~ epds-3a baseline-mean none → 0',
      '~ epds-3a deviation none → 0',
    ])
  })
})

test('the preview says what the writing run will say, V1 included, which reads the threshold of an earlier result', async () => {
  await born('2026-03-01')
  await stored(epds(10, on('2026-01-10')), 'pregnant')
  await stored(epds(2, on('2026-04-01')), 'postpartum')
  const preview = await run({ site: siteOf('cox10') })
  const applied = await run({ site: siteOf('cox10'), apply: true })
  expect(preview.rows.map(brief)).toEqual(['pregnant tier-up watch assess', 'postpartum tier-up routine watch'])
  expect(applied.rows.map(({ written: _written, ...row }) => row)).toEqual(preview.rows)
})

test('forms of other houses are found by the names that bindings know', async () => {
  await stored(outsideResponse('kl-children-epds') as QuestionnaireResponse, 'danish')
  await stored(epds(10, on('2026-03-01')), 'ours', 'bea')
  const { rows, err } = await run({ site: siteOf('cox13'), format: 'json' })
  expect(err).toContain('2 responses examined')
  expect(rows.map(({ response: name, instrument }) => [name, instrument])).toContainEqual(['QuestionnaireResponse/danish', 'epds'])
})

test('what cannot be trusted is told and stops none after it; what has no result is counted', async () => {
  await stored(epds(12, on('2026-03-01')), 'good')
  await server.update({
    ...epds(12, on('2026-02-01')),
    id: 'strange',
    subject: { reference: 'Patient/anna' },
    item: [{ linkId: 'epds-99' }],
  })
  await server.update({ ...epds(12, on('2026-02-02')), id: 'unscored', subject: { reference: 'Patient/anna' } })
  const { code, rows, err } = await run()
  expect(code).toBe(EXIT.refused)
  expect(rows.map(({ response: name, change }) => `${name} ${change}`)).toEqual([
    'QuestionnaireResponse/strange refused',
    'QuestionnaireResponse/unscored unscored',
  ])
  expect(err).toContain('1  the same')
})

test('somebody is asked for now only where a safety answer speaks that did not speak before', async () => {
  const deaf = { ...knowledge, ruleSet: { ...knowledge.ruleSet, rules: knowledge.ruleSet.rules.filter(({ id }) => id !== 'S1') } }
  await stored(response('epds', weights('2222220001'), on('2024-03-01')), 'told-then', 'anna')
  await stored(response('epds', weights('2222220001'), on('2024-03-01')), 'never-told', 'bea', deaf)
  const site = fileOf('task.json', JSON.stringify({ thresholdPolicy: 'cox13', onImmediate: { kind: 'task' } }))
  const { rows } = await run({ site, apply: true })
  expect(rows.map(brief)).toEqual(['told-then rules immediate immediate', 'never-told tier-up priority immediate'])
  const tasks = await server.searchAll<Task>('Task', {})
  expect(tasks.map((task) => task.for?.reference)).toEqual(['Patient/bea'])
})

test('a retraction that never reached its results is found, and written', async () => {
  await stored(epds(12, on('2026-03-01')), 'wrong')
  await server.update({ ...epds(12, on('2026-03-01')), id: 'wrong', subject: { reference: 'Patient/anna' }, status: 'entered-in-error' })
  expect((await run({ apply: true })).rows.map(({ change }) => change)).toEqual(['status'])
  const all = await server.searchAll<Observation>('Observation', { subject: 'Patient/anna' })
  expect([...new Set(all.map(({ status }) => status))]).toEqual(['entered-in-error'])
  expect((await run()).rows).toEqual([])
})

test.each([
  ['--format', { format: 'pdf' }, 'table, json, csv'],
  ['--since', { since: 'yesterday' }, '2026-01-31'],
  ['--instrument', { instrument: 'epds,beck' }, 'not beck'],
  ['--patient', { patient: 'a b' }, 'id of a Patient'],
  ['--concurrency', { concurrency: '0' }, '1 to 99'],
  ['--from', { from: 'ehr' }, '--from takes'],
  ['a token nobody knows', { token: 'wrong' }, '--token'],
] as const)('%s that cannot be is told', async (_name, options, said) => {
  const chosen = 'token' in options ? { token: tokenOf('wrong') } : options
  await expect(run(chosen)).rejects.toThrow(UsageError)
  await expect(run(chosen)).rejects.toThrow(said)
})

describe('a run that is stopped or killed', () => {
  const mothers = Array.from({ length: 12 }, (_none, index) => `mother-${index}`)
  beforeEach(async () => {
    for (const [index, mother] of mothers.entries())
      await stored(epds(10, on(`2026-03-${String(index + 1).padStart(2, '0')}`)), mother, mother)
  })
  const names = (rows: readonly Rescored[]) => rows.map(({ response: name }) => name.split('/')[1])

  test('with --state the next run tells all of it, each once', async () => {
    const state = pathOf(`state-${count}.ndjson`)
    const stop = new AbortController()
    stop.abort()
    const first = await run({ site: siteOf('cox10'), state }, stop)
    expect([first.code, first.rows.length]).toEqual([EXIT.interrupted, 1])
    const second = await run({ site: siteOf('cox10'), state })
    expect([second.code, names(second.rows)]).toEqual([EXIT.done, mothers])
    await expect(run({ site: siteOf('cox10'), state })).rejects.toThrow('is complete')
    await expect(run({ site: siteOf('cox13'), state })).rejects.toThrow('of another run')
  })

  test('killed while it writes: the next run tells all that was written, and each result is there once', async () => {
    const state = pathOf(`state-${count}.ndjson`)
    const args = [
      'rescore',
      '--from',
      ehr.base,
      '--token',
      tokenOf('all'),
      '--site',
      siteOf('cox10'),
      '--state',
      state,
      '--apply',
      '--concurrency',
      '2',
    ]
    const child = startKizuna(args)
    const dead = endOf(child)
    while (!existsSync(state) || !readFileSync(state, 'utf8').includes('"done"')) await new Promise((resolve) => setTimeout(resolve, 2))
    child.kill('SIGKILL')
    await dead
    const { rows } = await run({ site: siteOf('cox10'), state, apply: true })
    expect(names(rows)).toEqual(mothers)
    expect(rows.map(({ change, written }) => [change, (written?.length ?? 0) > 0])).toEqual(mothers.map(() => ['tier-up', true]))
    expect((await server.searchAll('RiskAssessment', { _count: '100' })).length).toBe(mothers.length)
    expect((await run({ site: siteOf('cox10') })).rows).toEqual([])
  })
})
