import fc from 'fast-check'
import type { QuestionnaireResponse } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import type { Clinic } from '../../src/app/clinic.ts'
import { createFlow } from '../../src/app/flow.ts'
import { createKeptDrafts } from '../../src/app/form/kept-drafts.ts'
import { mergeItems } from '../../src/app/form/merge-items.ts'
import { createLock } from '../../src/app/hand-over-lock.ts'
import { createKeepingClinic, DraftConflict } from '../../src/app/keeping-clinic.ts'
import { FORGETFUL } from '../../src/app/launch/storage.ts'
import { reduce, type State } from '../../src/app/state.ts'
import { UNKNOWN_ABILITIES } from '../../src/ehr/abilities.ts'
import { AssessmentError } from '../../src/errors.ts'
import { instrumentOf, knowledge, NOW, recordOf } from './clinic-fixture.ts'

const responseOf = (answers: Readonly<Record<string, string>>, more: Partial<QuestionnaireResponse> = {}): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  identifier: { system: 'sid', value: 'one' },
  questionnaire: 'https://w3id.org/kizuna/fhir/Questionnaire/epds|1.0.0',
  status: 'in-progress',
  subject: { reference: 'Patient/mother' },
  authored: NOW,
  ...(Object.keys(answers).length > 0 && {
    item: Object.entries(answers).map(([linkId, code]) => ({ linkId, answer: [{ valueCoding: { code: `${linkId}-${code}` } }] })),
  }),
  ...more,
})
const answersIn = ({ item = [] }: QuestionnaireResponse): Record<string, string> =>
  Object.fromEntries(item.map(({ linkId, answer }) => [linkId, answer![0]!.valueCoding!.code!.slice(linkId.length + 1)]))

/** A server of one response, with versions; the network can fail before a write arrives, or before its answer does. */
function serverOf() {
  let held: QuestionnaireResponse | undefined
  const network: { cut?: 'before' | 'after' | undefined } = {}
  const store = (response: QuestionnaireResponse) => {
    if (network.cut === 'before') throw new AssessmentError('transient', 'cut')
    if (held !== undefined && response.meta?.versionId !== held.meta?.versionId) throw new AssessmentError('conflict', '412')
    held = { ...response, id: 'r', meta: { versionId: String(Number(held?.meta?.versionId ?? 0) + 1) } }
    if (network.cut === 'after') throw new AssessmentError('transient', 'cut')
    return held
  }
  const clinic: Clinic = {
    readRecord: async () => ({ ...recordOf([]), responses: held ? [held] : [] }),
    readPerson: async () => recordOf([]),
    findResponse: async () => held,
    readVersions: async () => [],
    readResource: async () => held!,
    save: async (response) => (response.id === undefined && held !== undefined ? held : store(response)),
    abilities: async () => UNKNOWN_ABILITIES,
    saveTask: async (task) => task,
    write: async () => ({ result: {} as never, written: [], duplicates: [] }),
  }
  return { clinic, network, held: () => held }
}

const tabOf = () => {
  const map = new Map<string, string>()
  return {
    map,
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
    key: (index: number) => [...map.keys()][index] ?? null,
    get length() {
      return map.size
    },
  }
}

const keeping = (clinic: Clinic, tab = tabOf(), mayDraft = true) =>
  createKeepingClinic(clinic, createKeptDrafts(tab, 'https://ehr.test/fhir', 'mother'), mayDraft)

describe('two sides joined, item by item', () => {
  const ANSWERS = fc.dictionary(fc.constantFrom('epds-1', 'epds-2', 'epds-3', 'epds-10'), fc.constantFrom('a', 'b', 'c'))

  test('what only one side changed is taken from it; where both did and differ, it is told', () => {
    fc.assert(
      fc.property(ANSWERS, ANSWERS, ANSWERS, (base, mine, theirs) => {
        const { response, disagreements } = mergeItems(responseOf(base), responseOf(mine), responseOf(theirs))
        const joined = answersIn(response)
        for (const id of ['epds-1', 'epds-2', 'epds-3', 'epds-10']) {
          const told = disagreements.some(({ linkId }) => linkId === id)
          expect(told).toBe(mine[id] !== theirs[id] && mine[id] !== base[id] && theirs[id] !== base[id])
          expect(joined[id]).toBe(mine[id] === base[id] ? theirs[id] : mine[id])
        }
      }),
    )
  })
})

describe('a draft is kept in the tab until the server has it', () => {
  test('kept before it is sent, gone when it is there', async () => {
    const tab = tabOf()
    const { clinic, network, held } = serverOf()
    const one = keeping(clinic, tab)
    one.keep(responseOf({ 'epds-1': 'a' }))
    expect(tab.map.size).toBe(1)
    network.cut = 'before'
    await expect(one.save(responseOf({ 'epds-1': 'a' }))).rejects.toMatchObject({ code: 'transient' })
    expect(tab.map.size).toBe(1)
    network.cut = undefined
    await one.save(responseOf({ 'epds-1': 'a' }))
    expect([...tab.map.keys()]).toEqual([])
    expect(answersIn(held()!)).toEqual({ 'epds-1': 'a' })
  })

  test('a new page load of the same patient sends it before anything is read; of another patient, nothing', async () => {
    const tab = tabOf()
    const { clinic, held } = serverOf()
    keeping(clinic, tab).keep(responseOf({ 'epds-1': 'a' }))
    const another = createKeepingClinic(clinic, createKeptDrafts(tab, 'https://ehr.test/fhir', 'another'), true)
    await another.readRecord()
    expect(held()).toBeUndefined()
    const { responses } = await keeping(clinic, tab).readRecord()
    expect(responses.map(answersIn)).toEqual([{ 'epds-1': 'a' }])
    expect(tab.map.size).toBe(0)
  })

  test('drafts may not be saved: it waits in the tab and stands on the chart; finished, it is sent', async () => {
    const tab = tabOf()
    const { clinic, held } = serverOf()
    const one = keeping(clinic, tab, false)
    await expect(one.save(responseOf({ 'epds-1': 'a' }))).rejects.toMatchObject({ code: 'forbidden' })
    expect((await one.readRecord()).responses.map(answersIn)).toEqual([{ 'epds-1': 'a' }])
    await one.save(responseOf({ 'epds-1': 'a' }, { status: 'completed' }))
    expect(held()?.status).toBe('completed')
    expect(tab.map.size).toBe(0)
  })

  test('the update came through and its answer was lost: once more is no conflict', async () => {
    const { clinic, network, held } = serverOf()
    const one = keeping(clinic)
    const first = await one.save(responseOf({ 'epds-1': 'a' }))
    const next = responseOf({ 'epds-1': 'a', 'epds-2': 'b' }, { id: 'r', meta: first.meta! })
    network.cut = 'after'
    await expect(one.save(next)).rejects.toMatchObject({ code: 'transient' })
    network.cut = undefined
    expect(answersIn(await one.save(next))).toEqual({ 'epds-1': 'a', 'epds-2': 'b' })
    expect(held()?.meta?.versionId).toBe('2')
  })
})

describe('two tabs, two clinicians, one form', () => {
  const both = async () => {
    const server = serverOf()
    const [one, other] = [keeping(server.clinic), keeping(server.clinic)]
    const { meta } = await one.save(responseOf({ 'epds-1': 'a' }))
    await other.readRecord()
    return { ...server, one, other, version: { id: 'r', meta: meta! } }
  }

  test('different items: both are there', async () => {
    const { one, other, version, held } = await both()
    await one.save(responseOf({ 'epds-1': 'a', 'epds-2': 'b' }, version))
    const joined = await other.save(responseOf({ 'epds-1': 'a', 'epds-3': 'c' }, version))
    expect(answersIn(joined)).toEqual({ 'epds-1': 'a', 'epds-2': 'b', 'epds-3': 'c' })
    expect(held()).toEqual(joined)
  })

  test('the same item otherwise: told, and nothing is written over', async () => {
    const { one, other, version, held } = await both()
    await one.save(responseOf({ 'epds-1': 'b' }, version))
    const error = await other.save(responseOf({ 'epds-1': 'c' }, version)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(DraftConflict)
    expect((error as DraftConflict).disagreements.map(({ linkId }) => linkId)).toEqual(['epds-1'])
    expect(answersIn(held()!)).toEqual({ 'epds-1': 'b' })
  })

  test('one has finished it: the other does not turn it back', async () => {
    const { one, other, version, held } = await both()
    await one.save(responseOf({ 'epds-1': 'a' }, { ...version, status: 'completed' }))
    await expect(other.save(responseOf({ 'epds-1': 'a', 'epds-2': 'b' }, version))).rejects.toBeInstanceOf(DraftConflict)
    expect(held()?.status).toBe('completed')
  })

  test('what was reviewed is what is finished: an answer of the other since then goes back to the form', async () => {
    const { one, other, version, held } = await both()
    await one.save(responseOf({ 'epds-1': 'a', 'epds-10': 'a' }, version))
    await expect(other.save(responseOf({ 'epds-1': 'a' }, { ...version, status: 'completed' }))).rejects.toBeInstanceOf(DraftConflict)
    expect(held()?.status).toBe('in-progress')
  })
})

describe('the form on the screen', () => {
  const epds = instrumentOf('epds')
  const sceneOf = (clinic: Clinic, mode: 'paper' | 'hand-over' = 'paper') => {
    let state: State = { language: 'en', screen: { name: 'starting' }, saved: 'nothing' }
    const flow = createFlow({
      session: { baseUrl: 'https://ehr.test/fhir', patientId: 'mother', isClinician: true, needsBanner: true, mayWrite: true },
      knowledge,
      clinic: keeping(clinic),
      lock: createLock(FORGETFUL),
      state: () => state,
      dispatch: (action) => {
        state = reduce(state, action)
      },
      now: () => new Date(NOW),
      quiet: 0,
      again: 1_000_000,
    })
    return { flow, state: () => state, mode }
  }
  const twoForms = async () => {
    const server = serverOf()
    const [one, other] = [sceneOf(server.clinic), sceneOf(server.clinic)]
    one.flow.give({ forms: [{ instrument: epds }], language: 'en', mode: 'paper' })
    one.flow.answer('epds-1', { code: 'epds-1-a' })
    await one.flow.rest()
    await other.flow.open()
    other.flow.resume(server.held()!)
    return { one, other, held: server.held }
  }

  test("another's answers join it, and are not taken back by the next save", async () => {
    const { one, other, held } = await twoForms()
    one.flow.answer('epds-2', { code: 'epds-2-b' })
    await one.flow.rest()
    other.flow.answer('epds-3', { code: 'epds-3-c' })
    await other.flow.rest()
    expect(other.state().form?.answers['epds-2']).toEqual({ code: 'epds-2-b' })
    other.flow.answer('epds-4', { code: 'epds-4-a' })
    await other.flow.rest()
    expect(answersIn(held()!)).toEqual({ 'epds-1': 'a', 'epds-2': 'b', 'epds-3': 'c', 'epds-4': 'a' })
  })

  test.each([
    ['mine', [], 'c'],
    ['theirs', ['epds-2'], 'b'],
  ])('the same item otherwise: a person chooses %s, nothing else is lost', async (_name, take, expected) => {
    const { one, other, held } = await twoForms()
    one.flow.answer('epds-2', { code: 'epds-2-b' })
    one.flow.answer('epds-5', { code: 'epds-5-a' })
    await one.flow.rest()
    other.flow.answer('epds-2', { code: 'epds-2-c' })
    other.flow.answer('epds-6', { code: 'epds-6-a' })
    await other.flow.rest()
    expect(other.state()).toMatchObject({ saved: 'conflict', conflict: { disagreements: [{ linkId: 'epds-2' }] } })
    await other.flow.leave()
    expect(other.state().screen.name).toBe('paper')
    await other.flow.settleConflict(take)
    expect(other.state()).toMatchObject({ saved: 'saved' })
    expect(other.state().conflict).toBeUndefined()
    expect(answersIn(held()!)).toEqual({ 'epds-1': 'a', 'epds-2': expected, 'epds-5': 'a', 'epds-6': 'a' })
  })

  test('finished by another: theirs is opened, and not written over', async () => {
    const { one, other, held } = await twoForms()
    await one.flow.review()
    await one.flow.write()
    other.flow.answer('epds-2', { code: 'epds-2-c' })
    await other.flow.rest()
    expect(other.state().conflict?.theirs.status).toBe('completed')
    other.flow.openTheirs()
    expect(other.state().screen).toMatchObject({ name: 'review', stored: true })
    expect(answersIn(held()!)).toEqual({ 'epds-1': 'a' })
  })

  test('two review at once: the second sees what the first has written, and nothing is written over', async () => {
    const { one, other, held } = await twoForms()
    other.flow.answer('epds-2', { code: 'epds-2-c' })
    await Promise.all([one.flow.review(), other.flow.review()])
    await one.flow.write()
    await other.flow.write()
    expect(one.state().screen.name).toBe('receipt')
    expect(other.state().screen).toMatchObject({ name: 'review', failure: { reason: 'conflict', theirs: { status: 'completed' } } })
    expect(answersIn(held()!)).toEqual({ 'epds-1': 'a' })
  })
})
