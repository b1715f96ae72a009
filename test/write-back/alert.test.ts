import type { Flag, Provenance, QuestionnaireResponse, RiskAssessment, Task } from 'fhir/r4.js'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import { acknowledgeSeen } from '../../src/fhir/acknowledgement.ts'
import type { OnImmediate } from '../../src/risk/knowledge.ts'
import { writeBack } from '../../src/write-back/write-back.ts'
import { knowledge, withSite } from '../fixtures/knowledge.ts'
import { epds, response, weights } from '../fixtures/responses.ts'
import { startFhirServer, token } from '../sandbox/fhir/fhir-server.ts'

const recording = { recorded: '2026-04-01T00:00:00Z' }
const TASK: OnImmediate = { kind: 'task', owner: { reference: 'Practitioner/midwife' }, dueMinutes: 30 }
let ehr: Awaited<ReturnType<typeof startFhirServer>>
let server: FhirServer
let mother: string
let count = 0

beforeAll(async () => {
  const withoutTask = token(
    'system/Patient.rs system/QuestionnaireResponse.rs system/Observation.crus system/RiskAssessment.crus system/Provenance.crus',
  )
  const withoutAudit = token(
    'system/Patient.rs system/QuestionnaireResponse.rs system/Observation.crus system/RiskAssessment.crus system/Provenance.crus system/Task.crus system/Flag.crus',
  )
  ehr = await startFhirServer({ check: knowledge.check, grants: { 'without-task': withoutTask, 'without-audit': withoutAudit } })
  server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
  await server.update({ resourceType: 'Practitioner', id: 'midwife' })
})
afterAll(() => ehr.close())
beforeEach(async () => {
  mother = `mother-${++count}`
  await server.update({ resourceType: 'Patient', id: mother })
  await server.update({ resourceType: 'RelatedPerson', id: 'partner', patient: { reference: `Patient/${mother}` } })
})

const form = (more: Partial<QuestionnaireResponse> = {}, answers = '0000000001'): QuestionnaireResponse =>
  response('epds', weights(answers), { id: `${mother}-form`, subject: { reference: `Patient/${mother}` }, ...more })
async function write(given: QuestionnaireResponse, onImmediate: OnImmediate | 'unset' = TASK, on = server) {
  const response = await server.update({ ...given })
  return writeBack({ server: on, knowledge: withSite(onImmediate === 'unset' ? {} : { onImmediate }), response, recording })
}
async function held() {
  const subject = `Patient/${mother}`
  const [tasks, flags] = [await server.searchAll<Task>('Task', { subject }), await server.searchAll<Flag>('Flag', { subject })]
  return { tasks, flags, risks: await server.searchAll<RiskAssessment>('RiskAssessment', { subject }) }
}

describe('a safety answer speaks', () => {
  test('Task: written in the same transaction, about the RiskAssessment, for her, named by the Provenance', async () => {
    const receipt = await write(form())
    const { tasks, flags, risks } = await held()
    expect([tasks.length, flags.length]).toEqual([1, 0])
    expect(tasks[0]).toMatchObject({
      status: 'requested',
      owner: { reference: 'Practitioner/midwife' },
      for: { reference: `Patient/${mother}` },
      focus: { reference: `RiskAssessment/${risks[0]!.id}` },
    })
    expect(receipt.written).toContainEqual({ reference: `Task/${tasks[0]!.id}`, role: 'acknowledgement', action: 'created' })
    const [provenance] = await server.searchAll<Provenance>('Provenance', { target: `Task/${tasks[0]!.id}` })
    expect(provenance?.target.map(({ reference }) => reference)).toContain(`RiskAssessment/${risks[0]!.id}`)
  })

  test.each([
    ['2026-03-22T23:00:00Z', 'en', 'Answered 9 days before it reached us: ask how she is today.'],
    ['2026-03-31T00:00:00Z', 'ja', '回答から1日後に届きました。今の様子を確認してください。'],
    ['2026-03-31T10:00:00Z', 'en', undefined],
  ] as const)('answered %s, heard of on 1 April: the Task and the Flag say so in %s', async (authored, language, late) => {
    for (const onImmediate of [TASK, { kind: 'flag' as const }]) {
      const response = await server.update(form({ authored }))
      await writeBack({ server, knowledge: withSite({ onImmediate, language }), response, recording })
    }
    const { tasks, flags } = await held()
    for (const text of [tasks[0]?.description, flags[0]?.code.text]) {
      if (late === undefined) expect(text).not.toMatch(/reached us|届きました/)
      else expect(text).toContain(late)
    }
  })

  test('a refused form that came late says so too', async () => {
    await write(form({ authored: '2026-03-22', item: [...form().item!, { linkId: 'nothing-of-ours' }] }))
    expect((await held()).tasks[0]?.description).toContain('Answered 10 days before it reached us')
  })

  test('Flag: category safety', async () => {
    await write(form(), { kind: 'flag' })
    const { tasks, flags } = await held()
    expect([tasks.length, flags[0]?.category?.[0]?.coding?.[0]?.code, flags[0]?.status]).toEqual([0, 'safety', 'active'])
    expect(knowledge.check(flags[0])).toEqual([])
  })

  test.each([{ kind: 'none' as const }, 'unset' as const])('nothing where the site wants nothing: %j', async (onImmediate) => {
    await write(form(), onImmediate)
    const { tasks, flags, risks } = await held()
    expect([tasks.length, flags.length, risks.length]).toEqual([0, 0, 1])
  })

  test.each([
    ['unfinished', { status: 'in-progress' as const }, '_________1'],
    ['with gaps', {}, '11_______1'],
    ['answered by another', { source: { reference: 'RelatedPerson/partner' } }, '0000000001'],
  ])('on a form that is %s', async (_name, more, answers) => {
    await write(form(more, answers))
    expect((await held()).tasks).toHaveLength(1)
  })

  test('not on one whose safety items are zero', async () => {
    await write({ ...epds(20), id: `${mother}-form`, subject: { reference: `Patient/${mother}` } })
    expect((await held()).tasks).toEqual([])
  })

  test('twenty at once leave one', async () => {
    const response = await server.update(form())
    const knowing = withSite({ onImmediate: TASK })
    await Promise.all(Array.from({ length: 20 }, () => writeBack({ server, knowledge: knowing, response, recording })))
    expect((await held()).tasks).toHaveLength(1)
  })
})

describe('a refused response', () => {
  const refused = () => form({ item: [...form().item!, { linkId: 'nothing-of-ours' }] })

  test('has its Task where it says whom it is about; no score is written', async () => {
    const receipt = await write(refused())
    const { tasks, risks } = await held()
    expect([receipt.result.outcome, risks.length, tasks.length]).toEqual(['refused', 0, 1])
    expect(tasks[0]!.focus).toEqual({ reference: `QuestionnaireResponse/${mother}-form` })
    expect(knowledge.check(tasks[0])).toEqual([])
  })

  test('corrected, the Task stays the one it was', async () => {
    await write(refused())
    await write(form())
    expect((await held()).tasks).toHaveLength(1)
  })

  test('about an infant: nothing lands in the infant record', async () => {
    const infant = [{ url: 'https://w3id.org/kizuna/fhir/StructureDefinition/infant', valueReference: { reference: `Patient/${mother}` } }]
    const { result, written } = await write(form({ extension: infant }))
    expect([result.outcome, result.risk.tier, written]).toEqual(['refused', 'immediate', []])
    expect((await held()).tasks).toEqual([])
  })
})

describe('what somebody has done about it stays', () => {
  test('an amendment that still speaks does not reset it', async () => {
    await write(form())
    const [task] = (await held()).tasks
    await server.update(acknowledgeSeen(task!, { who: { reference: 'Practitioner/midwife' }, when: '2026-04-01T00:10:00Z' }))
    await write(form({ status: 'amended' }, '0000000000'))
    const after = await held()
    expect([after.tasks[0]?.status, after.tasks[0]?.meta?.versionId]).toEqual(['accepted', '2'])
    expect(after.risks[0]?.status).toBe('amended')
  })

  test('entered in error reaches it, with what was done', async () => {
    await write(form())
    const [task] = (await held()).tasks
    await server.update(acknowledgeSeen(task!, { who: { reference: 'Practitioner/midwife' }, when: '2026-04-01T00:10:00Z' }))
    await write(form({ status: 'entered-in-error' }))
    const [retracted] = (await held()).tasks
    expect([retracted?.status, retracted?.output?.length]).toEqual(['entered-in-error', 1])
  })

  test('written again, nothing changes', async () => {
    await write(form())
    const { written } = await write(form())
    expect(new Set(written.map(({ action }) => action))).toEqual(new Set(['unchanged']))
  })
})

test('a server that lets no Task be read has the results all the same, and the receipt says what is missing', async () => {
  const limited = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'without-task' })
  const receipt = await write(form(), TASK, limited)
  expect(receipt.notWritten).toEqual([{ role: 'acknowledgement', type: 'Task' }])
  expect((await held()).risks).toHaveLength(1)
})

test.each([
  { name: 'no AuditEvent', onImmediate: TASK, missing: ['audit-1'], tasks: 1 },
  {
    name: 'neither AuditEvent nor Task',
    onImmediate: { kind: 'task', owner: { reference: 'Practitioner/nobody' } } as const,
    missing: ['acknowledgement', 'audit-1'],
    tasks: 0,
  },
])('a server that takes $name has the results all the same', async ({ onImmediate, missing, tasks }) => {
  const limited = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'without-audit' })
  const response = await server.update(form())
  const receipt = await writeBack({ server: limited, knowledge: withSite({ onImmediate, auditEvents: true }), response, recording })
  expect(receipt.notWritten?.map(({ role }) => role)).toEqual(missing)
  const there = await held()
  expect([there.tasks.length, there.risks.length]).toEqual([tasks, 1])
})

test('an owner whom the server does not know costs no result', async () => {
  const receipt = await write(form(), { kind: 'task', owner: { reference: 'Practitioner/nobody' } })
  expect(receipt.notWritten).toEqual([{ role: 'acknowledgement', type: 'Task' }])
  const { tasks, risks } = await held()
  expect([tasks.length, risks.length]).toEqual([0, 1])
})

describe('an amendment clears no safety answer of a version that left no result', () => {
  const calm = (): QuestionnaireResponse => form({ status: 'amended' }, '0000000000')
  test('that was refused: S1 fires', async () => {
    const stray = { linkId: 'stray', answer: [{ valueString: 'x' }] }
    const refused = await write(form({ item: [...form().item!, stray] }))
    const amended = await write(calm())
    expect([refused.result.outcome, amended.result.outcome]).toEqual(['refused', 'scored'])
    expect([refused, amended].map(({ result }) => result.risk.tier)).toEqual(['immediate', 'immediate'])
    const { tasks, risks } = await held()
    expect(tasks).toHaveLength(1)
    const told = await server.searchAll<Provenance>('Provenance', { target: `RiskAssessment/${risks[0]!.id}` })
    expect(told.map(({ meta }) => meta?.tag?.[0]?.code?.split('.')[1])).toEqual(['provenance-2'])
  })

  test('that nobody has scored: S1 fires', async () => {
    await server.update(form({ status: 'in-progress' }))
    expect((await write(calm())).result.risk.tier).toBe('immediate')
  })

  test('that was entered in error: nothing fires', async () => {
    await server.update(form())
    await server.update(form({ status: 'entered-in-error' }))
    expect((await write(calm())).result.risk.tier).toBe('routine')
  })
})
