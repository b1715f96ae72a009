import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { Bundle, FhirResource, OperationOutcome, Provenance } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import type { Explanation } from '../../src/risk/explanation.ts'
import type { Summary } from '../../src/summary.ts'
import { brokenLines, corpus, goodText, textOf } from '../bulk/bad-input.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { epds, response, weights } from '../fixtures/responses.ts'
import { endOf, fileOf, kizuna, linesOf, pathOf, startKizuna } from './run-kizuna.ts'

const json = JSON.stringify
const numbered = (count: number) => Array.from({ length: count }, (_, index) => epds(index % 20, { id: `r-${index + 1}` }))
const ndjson = (values: readonly unknown[]) => values.map((value) => `${json(value)}\n`).join('')

describe('exit codes', () => {
  test('0: all scored, incomplete or retracted', async () => {
    const input = [epds(3), response('epds', weights('111')), epds(3, { status: 'entered-in-error' })]
    const ended = await kizuna(['score'], ndjson(input))
    expect(ended).toMatchObject({ code: 0, err: '' })
    expect(linesOf<Summary>(ended).map(({ outcome }) => outcome)).toEqual(['scored', 'incomplete', 'retracted'])
  })

  test('3: one refused, the others are still written', async () => {
    const ended = await kizuna(['score'], `${json(epds(3))}\nno\n${json(epds(4))}\n`)
    expect(ended.code).toBe(3)
    expect(linesOf<Summary>(ended).map(({ line, outcome }) => [line, outcome])).toEqual([
      [1, 'scored'],
      [2, 'refused'],
      [3, 'scored'],
    ])
  })

  test('0 and nothing written for nothing', async () => expect(await kizuna(['score'], '')).toEqual({ code: 0, out: '', err: '' }))

  test.each([
    { name: 'an unknown command', args: ['scor'], says: 'Did you mean score' },
    { name: 'an unknown flag', args: ['score', '--emitt', 'bundle'], says: 'Did you mean --emit' },
    { name: 'no command', args: [], says: 'Usage: kizuna' },
    { name: 'a file that is not there', args: ['score', 'no-such-file'], says: 'no-such-file: there is no such file' },
    { name: 'a folder', args: ['score', 'src'], says: 'src is a folder' },
    { name: 'standard input twice', args: ['score', '-', '-'], says: 'once only' },
    { name: 'an unknown form of output', args: ['score', '--emit', 'xml'], says: 'summary, bundle, resources' },
    { name: 'explanations of bundles', args: ['score', '--emit', 'bundle', '--explain'], says: '--explain' },
    { name: 'a history that is not there', args: ['score', '--history', 'no-such-file'], says: 'no-such-file' },
    { name: 'a folder that cannot be written to', args: ['score', '--out', 'no-such-folder/out.ndjson'], says: 'cannot be written' },
    { name: 'a site file that is not there', args: ['score', '--site', 'no-such-file'], says: 'cannot be read' },
    { name: 'a site file with an unknown setting', args: ['score', '--site', fileOf('{"treshold":9}')], says: 'treshold' },
    ...['2026-01-02', '2026-01-02T03:04:05', '2026-02-30T00:00:00Z', '2026-01-02T24:00:00Z', 'now'].map((time) => ({
      name: `recorded at ${time}`,
      args: ['score', '--recorded-at', time],
      says: 'FHIR instant',
    })),
  ])('2: $name', async ({ args, says }) => {
    const ended = await kizuna(args, goodText)
    expect(ended).toMatchObject({ code: 2, out: '' })
    expect(ended.err).toContain(says)
  })

  test('help and version are no faults', async () => {
    expect((await kizuna(['--help'])).code).toBe(0)
    expect((await kizuna(['score', '--help'])).out).toContain('--recorded-at')
    expect(await kizuna(['--version'])).toEqual({ code: 0, out: `${knowledge.softwareVersion}\n`, err: '' })
  })
})

describe('summaries', () => {
  test('the keys are fixed and stand in their order', async () => {
    const [summary] = linesOf<Summary>(await kizuna(['score'], json(epds(3))))
    expect(Object.keys(summary!)).toEqual([
      'line',
      'id',
      'instrument',
      'version',
      'subject',
      'authored',
      'outcome',
      'scores',
      'tier',
      'open',
      'rules',
      'issues',
    ])
  })

  test('every line, in the order of the input, whatever its fault', async () => {
    const bad = [
      ...corpus.cases.filter(({ pad = 0 }) => pad < 2e6).map((one) => Buffer.from(textOf(one))),
      ...brokenLines.map(({ bytes }) => bytes),
    ]
    const lines = bad.flatMap((one) => [Buffer.from(goodText), one])
    const ended = await kizuna(['score'], Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])))
    const summaries = linesOf<Summary>(ended)
    expect(ended).toMatchObject({ code: 3, err: '' })
    expect(summaries.map(({ line }) => line)).toEqual(lines.map((_, index) => index + 1))
    expect(summaries.filter((_, index) => index % 2 === 0).every(({ outcome }) => outcome === 'scored')).toBe(true)
    expect(summaries.filter((_, index) => index % 2 === 1).filter(({ outcome }) => outcome !== 'refused')).toHaveLength(1)
  })

  test('many lines keep their order', async () => {
    const input = numbered(3000)
    const summaries = linesOf<Summary>(await kizuna(['score'], ndjson(input)))
    expect(summaries.map(({ id }) => id)).toEqual(input.map(({ id }) => id))
  })

  test('several files: lines count anew, and each says which it stands in', async () => {
    const [one, two] = [fileOf([epds(1), epds(2)]), fileOf([epds(3)])]
    const summaries = linesOf<Summary & { file?: string }>(await kizuna(['score', one, two]))
    expect(summaries.map(({ file, line }) => [file, line])).toEqual([
      [one, 1],
      [one, 2],
      [two, 1],
    ])
    expect(linesOf(await kizuna(['score', one]))[0]).not.toHaveProperty('file')
  })

  test('the site file decides the threshold', async () => {
    const site = fileOf('{"thresholdPolicy":"cox10"}')
    const tierOf = async (...args: string[]) => linesOf<Summary>(await kizuna(['score', ...args], json(epds(10))))[0]?.tier
    expect(await tierOf()).toBe('watch')
    expect(await tierOf('--site', site)).toBe('assess')
  })

  test('explained: every weight, the baseline, the rules with their sources', async () => {
    const history = fileOf(
      linesOf<object>(await kizuna(['score', '--emit', 'resources'], json(epds(6, { id: 'earlier', authored: '2026-02-01' })))),
    )
    const [summary] = linesOf<{ explain: Explanation }>(await kizuna(['score', '--explain', '--history', history], json(epds(7))))
    const { items, baseline, policy, rules, ruleSet, timePoint } = summary!.explain
    expect(items?.[2]).toEqual({
      linkId: 'epds-3',
      option: expect.any(String),
      weights: { 'epds-total': expect.any(Number), 'epds-3a': expect.any(Number) },
    })
    expect(baseline?.['epds-total']).toEqual([{ reference: expect.stringMatching(/^Observation\//), effective: '2026-02-01', value: 6 }])
    expect(policy).toEqual({ id: 'levis11', cutOff: 'levis11' })
    expect(rules.every(({ source }) => source !== '')).toBe(true)
    expect(ruleSet).toEqual({ id: 'perinatal', version: '1.0.0', sha256: knowledge.ruleSetHash })
    expect(timePoint?.phase).toBe('unknown')
  })
})

describe('bundles and resources', () => {
  const at = ['--recorded-at', '2026-01-02T03:04:05Z']

  test('the same input gives the same bytes', async () => {
    const run = () => kizuna(['score', '--emit', 'bundle', ...at], ndjson(numbered(5)))
    const [one, two] = [await run(), await run()]
    expect(one.out).toBe(two.out)
    const provenance = linesOf<Bundle>(one)[0]!.entry!.at(-1)!.resource as Provenance
    expect(provenance.recorded).toBe('2026-01-02T03:04:05Z')
  })

  test('without a time given, one time for the whole run', async () => {
    const bundles = linesOf<Bundle>(await kizuna(['score', '--emit', 'bundle'], ndjson(numbered(5))))
    expect(new Set(bundles.map(({ entry }) => (entry!.at(-1)!.resource as Provenance).recorded)).size).toBe(1)
  })

  test('each resource is valid, has an id, and names the others by it', async () => {
    const resources = linesOf<FhirResource>(await kizuna(['score', '--emit', 'resources', ...at], ndjson(numbered(2))))
    expect(resources.flatMap((one) => knowledge.check(one))).toEqual([])
    expect(resources.map(({ resourceType }) => resourceType)).toEqual(
      Array(2).fill(['Observation', 'Observation', 'Observation', 'RiskAssessment', 'Provenance']).flat(),
    )
    expect(json(resources)).not.toContain('urn:uuid')
  })

  test.each(['bundle', 'resources'])('%s: a refused line is an OperationOutcome, safety first', async (emit) => {
    const dangerous = textOf(corpus.cases.find(({ name }) => name === 'no subject')!, true)
    const ended = await kizuna(['score', '--emit', emit], `${goodText}\n${dangerous}\nno\n`)
    const outcomes = linesOf<FhirResource>(ended).filter((one): one is OperationOutcome => one.resourceType === 'OperationOutcome')
    expect(ended.code).toBe(3)
    expect(outcomes.map(({ issue }) => issue[0]!.code)).toEqual(['business-rule', 'structure'])
    expect(outcomes.flatMap((one) => knowledge.check(one))).toEqual([])
  })

  test.each(['bundle', 'resources'])('%s: no identity is a warning, and no urgency is lost', async (emit) => {
    const { id: _, ...nameless } = JSON.parse(textOf(corpus.cases[0]!, true)) as { id: string; item: { answer: unknown[] }[] }
    nameless.item[2]!.answer.pop()
    const ended = await kizuna(['score', '--emit', emit, ...at], json(nameless))
    const [outcome] = linesOf<OperationOutcome>(ended)
    expect(ended.code).toBe(0)
    expect(outcome?.issue.slice(0, 2)).toMatchObject([
      { severity: 'warning', code: 'required' },
      { severity: 'warning', code: 'business-rule' },
    ])
  })
})

describe('history', () => {
  const mibs = response('mibs-j', [1, 1, 1, 0, 0, 1, 0, 1, 0, 0], { authored: '2026-01-31T10:00:00Z' })
  const baby = { resourceType: 'Patient', id: 'baby', birthDate: '2026-01-01' }
  const firedBy = (summary: Summary | undefined) => summary?.rules.filter(({ fired }) => fired).map(({ id }) => id)

  test('an infant dates a woman alone in the input', async () => {
    const [summary] = linesOf<Summary>(await kizuna(['score', '--history', fileOf([baby])], json(mibs)))
    expect(firedBy(summary)).toContain('B3')
  })

  test('our own resources are history', async () => {
    const resources = linesOf<object>(
      await kizuna(['score', '--emit', 'resources'], json(epds(5, { id: 'first', authored: '2026-01-01' }))),
    )
    const [summary] = linesOf<Summary>(await kizuna(['score', '--history', fileOf(resources)], json(epds(9))))
    expect(firedBy(summary)).toContain('C1')
  })

  test('what cannot be read is named and passed over', async () => {
    const file = fileOf(
      `${json(baby)}\nno\n${json({ resourceType: 'Observation', id: 'o' })}\n${json({ resourceType: 'Medication', id: 'm' })}\n`,
    )
    const ended = await kizuna(['score', '--history', file], json(mibs))
    expect(ended.code).toBe(0)
    expect(ended.err.split('\n').filter((line) => line !== '')).toMatchObject([
      expect.stringContaining('line 2'),
      expect.stringContaining('line 3'),
    ])
    expect(firedBy(linesOf<Summary>(ended)[0])).toContain('B3')
  })
})

describe('--out', () => {
  test('the file appears when it is complete, and says what standard output would', async () => {
    const [input, file] = [fileOf(numbered(100)), pathOf('out.ndjson')]
    const ended = await kizuna(['score', '--out', file, input])
    expect(ended).toMatchObject({ code: 0, out: '' })
    expect(readFileSync(file, 'utf8')).toBe((await kizuna(['score', input])).out)
  })

  test('stopped before the end: no file, no remains', async () => {
    const child = startKizuna(['score', '--out', pathOf('stopped.ndjson')])
    const ended = endOf(child)
    child.stdin.write(ndjson(numbered(5)))
    await until(() => readdirSync(pathOf('.')).some((name) => name.startsWith('stopped.ndjson')))
    child.kill('SIGINT')
    expect((await ended).code).toBe(130)
    expect(readdirSync(pathOf('.')).filter((name) => name.startsWith('stopped'))).toEqual([])
    expect(existsSync(pathOf('stopped.ndjson'))).toBe(false)
  })
})

describe('streams', () => {
  test('a reader that goes away is no fault', async () => {
    const child = startKizuna(['score', fileOf(numbered(5000))])
    child.stdout.once('data', () => child.stdout.destroy())
    let err = ''
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString()
    })
    const code = await new Promise((resolve) => child.on('exit', resolve))
    expect([code, err]).toEqual([0, ''])
  })

  test('results come while input is still open, and a stop ends with whole lines', async () => {
    const child = startKizuna(['score'])
    const ended = endOf(child)
    const first = new Promise((resolve) => child.stdout.once('data', resolve))
    child.stdin.write(ndjson(numbered(2000)))
    await first
    child.stdin.write('{"resourceType":"Questionn')
    child.kill('SIGINT')
    const { code, out } = await ended
    expect(code).toBe(130)
    expect(out.endsWith('\n')).toBe(true)
    expect(
      out
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as Summary).outcome),
    ).not.toContain('refused')
  })

  test('nothing but results where there is no terminal', async () => expect((await kizuna(['score'], ndjson(numbered(10)))).err).toBe(''))
})

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20))
}
