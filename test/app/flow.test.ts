import type { QuestionnaireResponse } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { alertsOf } from '../../src/app/chart/alert.ts'
import type { PatientRecord } from '../../src/app/clinic.ts'
import { createFlow, type Flow } from '../../src/app/flow.ts'
import { createLock } from '../../src/app/hand-over-lock.ts'
import type { KeepingClinic } from '../../src/app/keeping-clinic.ts'
import type { Session } from '../../src/app/launch/session.ts'
import { reduce, type State } from '../../src/app/state.ts'
import { UNKNOWN_ABILITIES } from '../../src/ehr/abilities.ts'
import { AssessmentError } from '../../src/errors.ts'
import { circumstancesOf } from '../../src/fhir/response-extensions.ts'
import { DEFAULT_SITE } from '../../src/risk/knowledge.ts'
import { epdsPlaces, instrumentOf, knowledge, NOW, recordOf } from './clinic-fixture.ts'

const session: Session = {
  baseUrl: 'https://ehr.test/fhir',
  patientId: 'mother',
  user: { reference: 'Practitioner/midwife' },
  isClinician: true,
  needsBanner: true,
  mayWrite: true,
}

interface Scene {
  readonly record?: PatientRecord
  readonly session?: Session
  readonly storage?: Map<string, string>
  readonly writer?: 'app' | 'service'
}

/** The app without a page: a server that holds responses in a Map, and a clock that stands still. */
function sceneOf({ record = recordOf([]), session: own = session, storage = new Map(), writer = 'app' }: Scene = {}) {
  let state: State = { language: 'en', screen: { name: 'starting' }, saved: 'nothing' }
  const held = new Map<string, QuestionnaireResponse>()
  const calls: string[] = []
  const failing: {
    task?: AssessmentError | undefined
    save?: AssessmentError | undefined
    write?: AssessmentError | undefined
    read?: AssessmentError | undefined
  } = {}
  const clinic: KeepingClinic = {
    keep: () => undefined,
    forget: () => undefined,
    readRecord: async () => {
      if (failing.read) throw failing.read
      calls.push('read record')
      return record
    },
    readPerson: async () => record,
    findResponse: async (identifier) =>
      [...held.values()].find((one) => `${one.identifier?.system}|${one.identifier?.value}` === identifier),
    readVersions: async () => [],
    readResource: async () => {
      throw new AssessmentError('transient', 'away')
    },
    save: async (response) => {
      if (failing.save) throw failing.save
      const version = String(Number(response.meta?.versionId ?? 0) + 1)
      const stored = { ...response, id: response.id ?? response.identifier!.value!, meta: { versionId: version } }
      held.set(stored.id, stored)
      calls.push(`save ${stored.status} ${version}`)
      return stored
    },
    abilities: async () => UNKNOWN_ABILITIES,
    saveTask: async (task) => {
      if (failing.task) throw failing.task
      const stored = { ...task, id: 'task', meta: { versionId: String(Number(task.meta?.versionId ?? 0) + 1) } }
      record = { ...record, tasks: [stored] }
      calls.push(`task ${stored.status}`)
      return stored
    },
    write: async (response) => {
      if (failing.write) throw failing.write
      calls.push(`write ${response.status}`)
      return { result: {} as never, written: [{ reference: 'RiskAssessment/1', role: 'risk', action: 'created' }], duplicates: [] }
    },
  }
  const lock = createLock({
    getItem: (key) => storage.get(key) ?? null,
    setItem: (key, value) => storage.set(key, value),
    removeItem: (key) => storage.delete(key),
  })
  const flow = createFlow({
    session: own,
    knowledge: { ...knowledge, site: { ...DEFAULT_SITE, writer } },
    clinic,
    lock,
    state: () => state,
    dispatch: (action) => {
      state = reduce(state, action)
    },
    now: () => new Date(NOW),
    quiet: 0,
    again: 1_000_000,
  })
  return { flow, held, calls, failing, lock, storage, state: () => state }
}

const epds = instrumentOf('epds')

function answerAll(flow: Flow, places: readonly number[]): void {
  for (const [index, { linkId, options }] of epds.items.entries()) flow.answer(linkId, { code: options[places[index]!]!.code })
}

describe('from paper', () => {
  test('answers, review, write: the response first, then its results, then a receipt', async () => {
    const { flow, calls, state } = sceneOf()
    await flow.open()
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'paper' })
    answerAll(flow, epdsPlaces(3))
    await flow.review()
    const { screen } = state()
    if (screen.name !== 'review' || screen.result.outcome === 'refused') throw new Error(screen.name)
    expect(screen.result.scores[0]).toMatchObject({ state: 'complete', value: 3 })
    await flow.write()
    expect(state().screen.name).toBe('receipt')
    expect(calls.slice(-2)).toEqual(['save completed 1', 'write completed'])
  })

  test('the day on the paper is the day of the answers', async () => {
    const { flow, state } = sceneOf()
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'paper' })
    flow.dateForm('2026-02-20')
    await flow.review()
    const { screen } = state()
    expect(screen.name === 'review' && screen.response.authored).toBe('2026-02-20')
  })

  test('left for now: the answers are on the server as unfinished', async () => {
    const { flow, held, state } = sceneOf()
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'paper' })
    flow.answer('epds-1', { code: 'epds-1-a' })
    await flow.leave()
    expect([...held.values()].map(({ status, item }) => [status, item?.length])).toEqual([['in-progress', 1]])
    expect(state().screen.name).toBe('chart')
    expect(state().form).toBeUndefined()
  })

  test('taken up again: the next write is an update of that version', async () => {
    const { flow, held, calls } = sceneOf()
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'paper' })
    flow.answer('epds-1', { code: 'epds-1-a' })
    await flow.leave()
    flow.resume([...held.values()][0]!)
    flow.answer('epds-2', { code: 'epds-2-a' })
    await flow.leave()
    expect(held.size).toBe(1)
    expect(calls.filter((call) => call.startsWith('save'))).toEqual(['save in-progress 1', 'save in-progress 2'])
  })
})

describe('a write that fails', () => {
  const written = async (fail: (scene: ReturnType<typeof sceneOf>) => void) => {
    const scene = sceneOf()
    scene.flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'paper' })
    answerAll(scene.flow, epdsPlaces(3))
    await scene.flow.review()
    fail(scene)
    await scene.flow.write()
    return scene
  }
  const failureIn = ({ screen }: State) => (screen.name === 'review' ? screen.failure : undefined)

  test.each([
    ['transient', 'no-network'],
    ['conflict', 'conflict'],
    ['login', 'expired'],
    ['forbidden', 'forbidden'],
    ['processing', 'other'],
  ] as const)('%s at the response: nothing is lost, it says %s', async (code, reason) => {
    const { state } = await written(({ failing }) => {
      failing.save = new AssessmentError(code, 'no')
    })
    expect(failureIn(state())).toEqual({ step: 'response', reason })
    expect(Object.keys(state().form?.answers ?? {})).toHaveLength(10)
  })

  test('at the results: the response is saved; once more writes the results only', async () => {
    const { flow, state, failing, calls } = await written((scene) => {
      scene.failing.write = new AssessmentError('transient', 'no')
    })
    expect(failureIn(state())).toEqual({ step: 'results', reason: 'no-network' })
    failing.write = undefined
    await flow.write()
    expect(state().screen.name).toBe('receipt')
    expect(calls.filter((call) => call.startsWith('save completed'))).toHaveLength(1)
  })

  test('where the service writes: the response is saved, and no result is written here', async () => {
    const { flow, calls, state } = sceneOf({ writer: 'service' })
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'paper' })
    await flow.review()
    await flow.write()
    expect(state().screen.name).toBe('receipt')
    expect(calls).toEqual(['save completed 1'])
  })
})

describe('hand-over', () => {
  test('a mother answers to the end, and staff come back by the code', async () => {
    const { flow, state, held, lock } = sceneOf()
    await flow.open()
    flow.give({ forms: [{ instrument: epds }], language: 'ja', mode: 'hand-over' })
    const code = state().returnCode!
    expect(state()).toMatchObject({ language: 'en', screen: { name: 'handing' } })
    expect(lock.read()).toBeDefined()
    answerAll(flow, epdsPlaces(3))
    await flow.finish()
    expect(state().screen).toEqual({ name: 'thanks', notSaved: false })
    expect([...held.values()].map(({ status, source }) => [status, source?.reference])).toEqual([['completed', 'Patient/mother']])
    await flow.takeBack(code === '0000' ? '0001' : '0000')
    expect(state().screen).toMatchObject({ name: 'thanks', problem: 'wrong-code' })
    await flow.takeBack(code)
    expect(state()).toMatchObject({ language: 'en', screen: { name: 'review', stored: true } })
    expect(lock.read()).toBeUndefined()
  })

  test('taken back before the end: by the code only, and the form stays unfinished', async () => {
    const { flow, state, held } = sceneOf()
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'hand-over' })
    const code = state().returnCode!
    flow.turnTo(0)
    flow.answer('epds-1', { code: 'epds-1-a' })
    await flow.takeBack('')
    expect(state().screen).toEqual({ name: 'hand-over', page: 0, problem: 'wrong-code' })
    await flow.takeBack(code)
    expect(state().screen.name).toBe('chart')
    expect([...held.values()].map(({ status }) => status)).toEqual(['in-progress'])
  })

  test('a reload in her hands: put aside, no chart; staff give it back where she left it, under a new code', async () => {
    const storage = new Map<string, string>()
    const first = sceneOf({ storage })
    first.flow.give({ forms: [{ instrument: epds }], language: 'ja', mode: 'hand-over' })
    first.flow.answer('epds-1', { code: 'epds-1-a' })
    await new Promise((resolve) => setTimeout(resolve, 5))
    const second = sceneOf({ storage })
    for (const [id, response] of first.held) second.held.set(id, response)
    await second.flow.open()
    expect(second.state().screen).toEqual({ name: 'paused' })
    expect(second.state().chart).toBeUndefined()
    const code = second.state().returnCode!
    await second.flow.takeBack(code === '0000' ? '0001' : '0000')
    expect(second.state().screen).toEqual({ name: 'paused', problem: 'wrong-code' })
    await second.flow.takeBack(code)
    expect(second.state().screen).toEqual({ name: 'handing' })
    expect(second.lock.read()?.code).toBe(second.state().returnCode)
    second.flow.handOver([])
    expect(second.state().screen).toEqual({ name: 'hand-over', page: 1 })
    expect(second.calls).not.toContain('read record')
    expect([...storage.values()].join()).not.toContain('epds-1-a')
  })

  test('four digits cannot be tried out: after five wrong codes none is right', async () => {
    const { flow, state } = sceneOf()
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'hand-over' })
    const code = state().returnCode!
    flow.handOver([])
    for (let tried = 0; tried < 5; tried++) await flow.takeBack('nothing')
    await flow.takeBack(code)
    expect(state().screen).toMatchObject({ name: 'hand-over', problem: 'too-many' })
  })

  test('nobody touches it for long: put aside, and what is there is scored for the clinician', async () => {
    const { flow, state, calls } = sceneOf()
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'hand-over' })
    flow.handOver([])
    flow.answer('epds-1', { code: 'epds-1-a' })
    await flow.idle()
    expect(calls).toEqual(['save in-progress 1', 'write in-progress'])
    expect(state().screen).toEqual({ name: 'paused' })
  })

  test.each([
    ['epds-10-a', ['save in-progress 1', 'write in-progress', 'read record']],
    ['epds-10-d', ['save in-progress 1', 'read record']],
  ])('left at item 10 with %s', async (code, expected) => {
    const { flow, calls, state } = sceneOf()
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'hand-over' })
    flow.handOver([])
    flow.answer('epds-10', { code })
    await flow.takeBack(state().returnCode!)
    expect(calls).toEqual(expected)
  })

  test("a mother's own login writes no results of an unfinished form", async () => {
    const { flow, calls } = sceneOf({ session: { ...session, user: { reference: 'Patient/mother' }, isClinician: false } })
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'hand-over' })
    flow.answer('epds-10', { code: 'epds-10-a' })
    await flow.rest()
    expect(calls).toEqual(['save in-progress 1'])
  })

  test('answers that could not be sent: the same thanks, and the review still has them', async () => {
    const { flow, state, failing } = sceneOf()
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'hand-over' })
    answerAll(flow, epdsPlaces(3))
    failing.save = new AssessmentError('transient', 'no')
    await flow.finish()
    expect(state().screen).toMatchObject({ name: 'thanks', notSaved: true })
    await flow.takeBack(state().returnCode!)
    const { screen } = state()
    expect(screen).toMatchObject({ name: 'review', stored: false })
    expect(screen.name === 'review' && screen.response.item).toHaveLength(10)
  })
})

describe('several forms in one sitting', () => {
  const three = ['epds', 'mibs-j', 'phq-9'].map((id) => ({ instrument: instrumentOf(id) }))
  const answerForm = ({ flow, state }: ReturnType<typeof sceneOf>) => {
    const { instrument } = state().form!
    for (const { linkId } of instrument.items) flow.answer(linkId, 'declined')
    return flow.finish()
  }

  test('one after another, thanked once, then every result in turn', async () => {
    const scene = sceneOf()
    const { flow, state, held, lock } = scene
    await flow.open()
    flow.give({ forms: three, language: 'en', mode: 'hand-over' })
    flow.handOver(['accompanied', 'interpreter'])
    await answerForm(scene)
    expect(state()).toMatchObject({ screen: { name: 'hand-over', page: -1 }, form: { instrument: { id: 'mibs-j' } } })
    await answerForm(scene)
    await answerForm(scene)
    expect(state().screen).toEqual({ name: 'thanks', notSaved: false })
    expect([...held.values()].map((response) => circumstancesOf(response))).toEqual(three.map(() => ['accompanied', 'interpreter']))
    await flow.takeBack(state().returnCode!)
    expect(lock.read()).toBeUndefined()
    for (const id of ['epds', 'mibs-j', 'phq-9']) {
      const { screen } = state()
      expect(screen.name === 'review' && screen.response.questionnaire).toContain(`/${id}|`)
      await flow.write()
      await flow.next()
    }
    expect(state().screen.name).toBe('chart')
  })

  test('a reload between two forms: the next one, and the first is still reviewed', async () => {
    const storage = new Map<string, string>()
    const first = sceneOf({ storage })
    first.flow.give({ forms: three, language: 'ja', mode: 'hand-over' })
    first.flow.handOver(['alone'])
    await answerForm(first)
    const second = sceneOf({ storage })
    for (const [id, response] of first.held) second.held.set(id, response)
    await second.flow.open()
    expect(second.state()).toMatchObject({ screen: { name: 'hand-over', page: -1 }, form: { instrument: { id: 'mibs-j' } } })
    expect(second.state().form?.base.extension?.[0]?.valueCoding?.code).toBe('alone')
    expect(second.state().sitting?.answered).toHaveLength(1)
    expect(second.state().sitting?.rest.map(({ instrument }) => instrument)).toEqual(['phq-9'])
  })

  test('sent to nobody while the network is away: kept, and sent with the next', async () => {
    const scene = sceneOf()
    scene.flow.give({ forms: three, language: 'en', mode: 'hand-over' })
    scene.flow.handOver(['alone'])
    scene.failing.save = new AssessmentError('transient', 'no')
    await answerForm(scene)
    expect(scene.held.size).toBe(0)
    scene.failing.save = undefined
    await answerForm(scene)
    expect(scene.state().sitting?.answered.map(({ stored }) => stored)).toEqual([true, true])
  })

  test('from paper: after a receipt the next form, then the chart', async () => {
    const { flow, state } = sceneOf()
    flow.give({ forms: three.slice(0, 2), language: 'en', mode: 'paper' })
    await flow.review()
    await flow.write()
    await flow.next()
    expect(state()).toMatchObject({ screen: { name: 'paper' }, form: { instrument: { id: 'mibs-j' } } })
    await flow.review()
    await flow.write()
    await flow.next()
    expect(state().screen.name).toBe('chart')
  })

  test('hidden at once, and back where she was', () => {
    const { flow, state } = sceneOf()
    flow.give({ forms: three, language: 'en', mode: 'hand-over' })
    flow.turnTo(4)
    flow.hide()
    expect(state().screen).toEqual({ name: 'hidden', page: 4 })
    flow.turnTo(4)
    expect(state().form?.instrument.id).toBe('epds')
  })
})

describe('nothing is lost', () => {
  test('a form that cannot be saved is not left', async () => {
    const { flow, state, failing } = sceneOf()
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'paper' })
    failing.save = new AssessmentError('transient', 'no')
    flow.answer('epds-1', { code: 'epds-1-a' })
    await flow.leave()
    expect(state().screen.name).toBe('paper')
    expect(state().saved).toBe('failed')
    failing.save = undefined
    await flow.leave()
    expect(state().screen.name).toBe('chart')
  })

  test('from the review back to the chart: the form stays unfinished on the server', async () => {
    const { flow, held, state } = sceneOf()
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'paper' })
    answerAll(flow, epdsPlaces(3))
    await flow.review()
    await flow.leave()
    expect(state().screen.name).toBe('chart')
    expect([...held.values()].map(({ status }) => status)).toEqual(['in-progress'])
  })

  test('a saved response is never turned back into a draft', async () => {
    const { flow, held, failing } = sceneOf()
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'paper' })
    answerAll(flow, epdsPlaces(3))
    await flow.review()
    failing.write = new AssessmentError('transient', 'no')
    await flow.write()
    await flow.leave()
    expect([...held.values()].map(({ status }) => status)).toEqual(['completed'])
  })

  test('the record cannot be read when staff come back: her answers stay, and the lock', async () => {
    const { flow, state, failing, lock } = sceneOf()
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'hand-over' })
    answerAll(flow, epdsPlaces(3))
    failing.save = new AssessmentError('transient', 'no')
    failing.read = new AssessmentError('transient', 'no')
    await flow.finish()
    await flow.takeBack(state().returnCode!)
    expect(state().screen).toEqual({ name: 'thanks', notSaved: true, problem: 'no-record' })
    expect(lock.read()).toBeDefined()
    expect(Object.keys(state().form?.answers ?? {})).toHaveLength(10)
  })

  test('finished twice at once: one write', async () => {
    const { flow, calls } = sceneOf()
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'hand-over' })
    answerAll(flow, epdsPlaces(3))
    await Promise.all([flow.finish(), flow.finish()])
    expect(calls).toEqual(['save completed 1'])
  })
})

describe('a safety answer', () => {
  const self = {
    ...recordOf([{ id: 'a', instrument: 'epds', authored: '2026-02-20T09:00:00+09:00', places: [...epdsPlaces(0).slice(0, 9), 2] }]),
    tasks: [],
  }
  const alertOf = ({ state }: ReturnType<typeof sceneOf>) => alertsOf(knowledge, state().chart!, 'en')[0]!

  test('seen, then done, in one Task; only then it is closed', async () => {
    const scene = sceneOf({ record: self })
    const { flow, calls } = scene
    await flow.open()
    expect(alertOf(scene)).toMatchObject({
      answers: [{ place: 3, count: 4, weight: 1, code: 'epds-10-c' }],
      acknowledgement: { step: 'open' },
    })
    await flow.acknowledge(alertOf(scene).key, { kind: 'seen' })
    expect(alertOf(scene).acknowledgement).toMatchObject({ step: 'seen', seen: { who: { reference: 'Practitioner/midwife' } } })
    await flow.acknowledge(alertOf(scene).key, { kind: 'done', what: 'spoke with her' })
    expect(alertOf(scene).acknowledgement).toMatchObject({ step: 'done', done: { what: 'spoke with her' } })
    expect(calls.filter((call) => call.startsWith('task'))).toEqual(['task accepted', 'task completed'])
  })

  test('not written: a page that says so, with what was said; tried again it is written', async () => {
    const scene = sceneOf({ record: self })
    await scene.flow.open()
    const { key } = alertOf(scene)
    scene.failing.task = new AssessmentError('forbidden', '403')
    await scene.flow.acknowledge(key, { kind: 'done', what: 'spoke with her' })
    expect(scene.state().screen).toEqual({
      name: 'not-acknowledged',
      key,
      step: { kind: 'done', what: 'spoke with her' },
      reason: 'forbidden',
    })
    scene.failing.task = undefined
    await scene.flow.acknowledge(key, { kind: 'done', what: 'spoke with her' })
    expect(scene.state().screen.name).toBe('chart')
    expect(alertOf(scene).acknowledgement.step).toBe('done')
  })

  test('an open one stays when a later form has no such answer; a closed one goes', async () => {
    const given = [
      { id: 'a', instrument: 'epds', authored: '2026-02-20T09:00:00+09:00', places: [...epdsPlaces(0).slice(0, 9), 2] },
      { id: 'b', instrument: 'epds', authored: '2026-02-28T09:00:00+09:00', places: epdsPlaces(0) },
    ]
    const scene = sceneOf({ record: { ...recordOf(given), tasks: [] } })
    await scene.flow.open()
    expect(scene.state().chart?.standing.tier).not.toBe('immediate')
    await scene.flow.acknowledge(alertOf(scene).key, { kind: 'done', what: 'spoke with her' })
    expect(alertsOf(knowledge, scene.state().chart!, 'en')).toEqual([])
  })

  test('who is no clinician writes none', async () => {
    const scene = sceneOf({ record: self, session: { ...session, user: { reference: 'Patient/mother' }, isClinician: false } })
    await scene.flow.acknowledge('RiskAssessment/x', { kind: 'seen' })
    expect(scene.calls).toEqual([])
  })
})

describe('who sees what', () => {
  test("another patient's launch in the same tab: the lock of the one before is gone", async () => {
    const storage = new Map<string, string>()
    sceneOf({ storage }).flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'hand-over' })
    const { flow, state } = sceneOf({ storage, session: { ...session, patientId: 'another' } })
    await flow.open()
    expect(state().screen.name).toBe('chart')
    expect(storage.size).toBe(0)
  })

  test('a mother who launched it herself: questionnaires, never the record', async () => {
    const { flow, state, calls } = sceneOf({ session: { ...session, user: { reference: 'Patient/mother' }, isClinician: false } })
    await flow.open()
    expect(state().screen.name).toBe('give')
    expect(state().chart).toBeUndefined()
    expect(calls).toEqual([])
    flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'hand-over' })
    expect(state().screen).toEqual({ name: 'hand-over', page: -1 })
    expect(state().returnCode).toBeUndefined()
  })

  test('a record that cannot be read ends on a page that says so', async () => {
    const { flow, state, failing } = sceneOf()
    failing.read = new AssessmentError('login', '401')
    await flow.open()
    expect(state().screen).toEqual({ name: 'fault', fault: 'expired' })
  })
})
