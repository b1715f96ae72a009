import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Observation, Provenance, QuestionnaireResponse, RiskAssessment } from 'fhir/r4.js'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type DedupeOptions, dedupe } from '../../src/cli/dedupe.ts'
import type { Shell } from '../../src/cli/shell.ts'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import { findCopies } from '../../src/write-back/find-copies.ts'
import { writeBack } from '../../src/write-back/write-back.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { epds } from '../fixtures/responses.ts'
import { startFhirServer, token } from '../sandbox/fhir/fhir-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'kizuna-dedupe-'))
const recording = { recorded: '2026-04-01T00:00:00Z' }
let ehr: Awaited<ReturnType<typeof startFhirServer>>
let server: FhirServer
let form: QuestionnaireResponse

beforeAll(() => {
  for (const name of ['all', 'reader']) writeFileSync(join(folder, name), name)
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  ehr = await startFhirServer({ check: knowledge.check, grants: { reader: token('system/*.rs') } })
  server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
  await server.update({ resourceType: 'Patient', id: 'hana' })
  const { meta: _meta, ...rest } = epds(12)
  form = await server.update<QuestionnaireResponse>({ ...rest, id: 'form', subject: { reference: 'Patient/hana' } })
  await writeBack({ server, knowledge, response: form, recording })
  return () => ehr.close()
})

async function run(options: Partial<DedupeOptions> = {}) {
  const out = new PassThrough()
  const shell = { out, env: {}, now: () => new Date(recording.recorded), stop: new AbortController().signal } as unknown as Shell
  const code = await dedupe([], { on: ehr.base, token: join(folder, 'all'), ...options }, shell)
  const text = String(out.read() ?? '')
  return { code, text, lines: text.trimEnd().split('\n') }
}

const observations = () => server.searchAll<Observation>('Observation', { subject: 'Patient/hana' })
const standing = async () => (await observations()).filter(({ status }) => status !== 'entered-in-error')

/** As a racing writer leaves them: everything again, without conditions. */
async function doubleAll(): Promise<void> {
  const assessments = await server.searchAll<RiskAssessment>('RiskAssessment', { subject: 'Patient/hana' })
  for (const { id: _id, meta: _meta, ...rest } of [...(await observations()), ...assessments]) await server.create(rest as Observation)
}

describe('our own copies', () => {
  test('nothing doubled: said, and 0', async () => expect(await run()).toMatchObject({ code: 0, text: `No copies on ${ehr.base}.\n` }))

  test('the plan changes nothing; --apply leaves one of each, with a Provenance; again it finds nothing', async () => {
    await doubleAll()
    const plan = await run()
    expect([plan.code, plan.lines.length, (await standing()).length]).toEqual([0, 5, 6])
    expect(plan.lines.at(-1)).toBe(
      `4 copies on ${ehr.base}: 4 planned. Nothing was changed: --apply enters them in error, each only if it is still as it was read.`,
    )

    const applied = await run({ apply: true })
    expect([applied.code, applied.lines.at(-1)]).toEqual([0, `4 copies on ${ehr.base}: 4 retracted.`])
    expect((await standing()).length).toBe(3)
    const retracted = (await observations()).find(({ status }) => status === 'entered-in-error')!
    const [provenance] = await server.searchAll<Provenance>('Provenance', { target: `Observation/${retracted.id}` })
    expect(provenance!.activity!.coding![0]!.code).toBe('NULLIFY')
    expect(await server.read('Observation', `${retracted.id}`)).toMatchObject({ meta: { versionId: '2' } })

    expect((await run({ apply: true })).text).toBe(`No copies on ${ehr.base}.\n`)
    const receipt = await writeBack({ server, knowledge, response: form, recording })
    expect([receipt.duplicates, receipt.written.every(({ action }) => action === 'unchanged')]).toEqual([[], true])
  })

  test('kept is the one with our own id, else the one that others point at, else the oldest', async () => {
    const [total] = (await observations()).filter(({ code }) => code.coding![0]!.code === 'epds-total')
    const as = (id: string, lastUpdated: string): Observation => ({ ...total!, id, meta: { versionId: '1', lastUpdated } })
    const [oldest, younger] = [as('b', '2026-01-01'), as('a', '2026-01-02')]
    const panel: Observation = { ...total!, id: 'panel', identifier: [], hasMember: [{ reference: 'Observation/a' }] }
    const keptOf = (...resources: Observation[]) => findCopies(resources).map(({ keep }) => keep.id)
    expect([keptOf(younger, oldest), keptOf(oldest, younger, panel), keptOf(oldest, total!, panel)]).toEqual([['b'], ['a'], [total!.id]])
  })

  test('copies that differ are named as such', async () => {
    const { id: _id, meta: _meta, ...rest } = (await observations()).find(({ code }) => code.coding![0]!.code === 'epds-total')!
    await server.create({ ...rest, valueQuantity: { ...rest.valueQuantity!, value: 30 } } as Observation)
    expect((await run()).text).toContain('but they differ')
    expect((await run({ apply: true })).text).toContain('rescore --apply')
  })

  test('--json', async () => {
    await doubleAll()
    const { copies } = JSON.parse((await run({ json: true })).text) as { copies: { by: string; outcome: string }[] }
    expect(copies.map(({ by, outcome }) => [by, outcome])).toEqual(Array(4).fill(['identifier', 'planned']))
  })
})

describe('copies of other apps', () => {
  const foreign = (more: Partial<Observation> = {}): Observation => ({
    resourceType: 'Observation',
    status: 'final',
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'survey' }] }],
    code: { coding: [{ system: 'http://loinc.org', code: '44261-6' }] },
    subject: { reference: 'Patient/hana' },
    effectiveDateTime: '2026-03-01T10:00:00+09:00',
    derivedFrom: [{ reference: 'QuestionnaireResponse/form' }],
    valueQuantity: { value: 14, code: '{score}', system: 'http://unitsofmeasure.org' },
    ...more,
  })

  test.each([
    ['the same thing twice', {}, 1],
    ['another value: an amendment, no copy', { valueQuantity: { value: 15 } }, 0],
    ['another time', { effectiveDateTime: '2026-03-02T10:00:00+09:00' }, 0],
    ['another response', { derivedFrom: [{ reference: 'QuestionnaireResponse/other' }] }, 0],
    ['another code', { code: { coding: [{ system: 'http://loinc.org', code: '99046-5' }] } }, 0],
    ['another device', { device: { display: 'other' } }, 0],
    ['no source', { derivedFrom: [] }, 0],
    ['entered in error already', { status: 'entered-in-error' as const }, 0],
  ])('%s', (_name, more, found) => {
    const pair = [
      { ...foreign(), id: 'a' },
      { ...foreign(more), id: 'b' },
    ]
    expect(findCopies(pair).map(({ by, differs }) => [by, differs])).toEqual(Array(found).fill(['content', false]))
  })

  test('without a source nothing is called a copy', () => {
    const { derivedFrom: _, ...bare } = foreign()
    expect(
      findCopies([
        { ...bare, id: 'a' },
        { ...bare, id: 'b' },
      ]),
    ).toEqual([])
  })
})

describe('what a server does not let us do', () => {
  test('a token that may only read: each is refused, 3', async () => {
    await doubleAll()
    const { code, lines } = await run({ apply: true, token: join(folder, 'reader') })
    expect([code, lines.at(-1)]).toEqual([3, `4 copies on ${ehr.base}: 4 refused.`])
    expect((await standing()).length).toBe(6)
  })

  test('a token that is not accepted: nothing was changed', async () => {
    await expect(run({ token: join(folder, 'none') })).rejects.toThrow(/cannot be read/)
  })
})
