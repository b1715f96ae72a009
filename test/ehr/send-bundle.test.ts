import type { CapabilityStatement, Observation, Provenance, QuestionnaireResponse } from 'fhir/r4.js'
import nock from 'nock'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { abilitiesOf } from '../../src/ehr/abilities.ts'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import { AssessmentError } from '../../src/errors.ts'
import { writeBack } from '../../src/write-back/write-back.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { epds } from '../fixtures/responses.ts'
import { startFhirServer } from '../sandbox/fhir/fhir-server.ts'

let ehr: Awaited<ReturnType<typeof startFhirServer>>
let server: FhirServer
let count = 0

beforeAll(async () => {
  ehr = await startFhirServer({ check: knowledge.check })
  server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
})
afterAll(() => ehr.close())
afterEach(() => nock.cleanAll())

const statement = (resource: object[] | undefined, interaction: string[] = []): CapabilityStatement =>
  ({
    resourceType: 'CapabilityStatement',
    rest: [{ mode: 'server', ...(resource && { resource }), interaction: interaction.map((code) => ({ code })) }],
  }) as never
const all = ['read', 'create', 'update', 'search-type'].map((code) => ({ code }))

/** The embedded server, less what it is said not to do; it then refuses that too. */
function lesser(said: CapabilityStatement): FhirServer {
  const abilities = abilitiesOf(said)
  return {
    ...server,
    abilities: async () => abilities,
    transaction: () => Promise.reject(new AssessmentError('not-supported', 'The FHIR server answered 405')),
  }
}

async function written(lesserServer: FhirServer) {
  const mother = `mother-${++count}`
  await server.update({ resourceType: 'Patient', id: mother })
  const { meta: _meta, ...form } = epds(12)
  const response = await server.update<QuestionnaireResponse>({
    ...form,
    id: `${mother}-form`,
    subject: { reference: `Patient/${mother}` },
  })
  const write = () => writeBack({ server: lesserServer, knowledge, response, recording: { recorded: '2026-04-01T00:00:00Z' } })
  const receipt = await write()
  const observations = await server.searchAll<Observation>('Observation', { subject: `Patient/${mother}` })
  return { receipt, observations, write }
}

describe('the ladder down', () => {
  test('no transaction: one by one, each link literal, and nothing is sent twice', async () => {
    const types = ['Observation', 'RiskAssessment', 'Provenance'].map((type) => ({ type, interaction: all, conditionalCreate: true }))
    const { receipt, observations, write } = await written(lesser(statement(types, ['batch'])))
    expect(receipt.written.map(({ role, action }) => [role, action])).toEqual([
      ['epds-panel', 'created'],
      ['epds-total', 'created'],
      ['epds-3a', 'created'],
      ['risk', 'created'],
      ['provenance-1', 'created'],
    ])
    const ids = new Set(observations.map(({ id }) => `Observation/${id}`))
    const members = observations.flatMap(({ hasMember = [] }) => hasMember.map(({ reference }) => reference!))
    expect(members.length).toBe(2)
    for (const member of members) expect(ids).toContain(member)
    expect((await write()).written.every(({ action }) => action === 'unchanged')).toBe(true)
  })

  test('no RiskAssessment and no Provenance: scores are written, the receipt says what is not', async () => {
    const { receipt, observations, write } = await written(lesser(statement([{ type: 'Observation', interaction: all }])))
    expect(observations.length).toBe(3)
    expect(receipt.notWritten).toEqual([
      { role: 'risk', type: 'RiskAssessment' },
      { role: 'provenance-1', type: 'Provenance' },
    ])
    const again = await write()
    expect(again.written.every(({ action }) => action === 'unchanged')).toBe(true)
    expect(again.notWritten?.map(({ role }) => role)).toContain('risk')
  })

  test('broken off in between: the next run completes it, and the Provenance speaks of all', async () => {
    const types = ['Observation', 'RiskAssessment', 'Provenance'].map((type) => ({ type, interaction: all, conditionalCreate: true }))
    const whole = lesser(statement(types))
    let left = 3
    const breaking: FhirServer = {
      ...whole,
      send: (entry, isConditional) =>
        left-- > 0 ? whole.send(entry, isConditional) : Promise.reject(new AssessmentError('transient', 'The FHIR server gave no answer')),
    }
    await expect(written(breaking)).rejects.toMatchObject({ code: 'transient' })
    const id = `mother-${count}`
    const response = await server.read<QuestionnaireResponse>('QuestionnaireResponse', `${id}-form`)
    const order = { server: whole, knowledge, response, recording: { recorded: '2026-04-01T00:00:00Z' } }
    await writeBack(order)
    const observations = await server.searchAll<Observation>('Observation', { subject: `Patient/${id}` })
    const target = observations.map((one) => `Observation/${one.id}`).join(',')
    const [provenance, more] = await server.searchAll<Provenance>('Provenance', { target })
    expect([observations.length, provenance!.target.length, more]).toEqual([3, 4, undefined])
    expect((await writeBack(order)).written.every(({ action }) => action === 'unchanged')).toBe(true)
  })

  test('without RiskAssessment the Provenance names what there is', async () => {
    const types = ['Observation', 'Provenance'].map((type) => ({ type, interaction: all }))
    const { observations } = await written(lesser(statement(types, ['transaction'])))
    const target = observations.map(({ id }) => `Observation/${id}`).join(',')
    const [provenance, more] = await server.searchAll<Provenance>('Provenance', { target })
    expect([provenance!.target.length, more]).toEqual([3, undefined])
  })

  test('a statement that promises a transaction which is then refused as such', async () => {
    const { receipt } = await written(lesser(statement(undefined, ['transaction'])))
    expect(receipt.written.length).toBe(5)
  })
})

describe('what a server says', () => {
  test.each([
    ['nothing', { resourceType: 'CapabilityStatement' } as CapabilityStatement, [true, true, true]],
    ['no types', statement(undefined, ['transaction']), [true, true, true]],
    ['other types', statement([{ type: 'Patient' }], ['transaction']), [true, false, false]],
    ['a type without interactions', statement([{ type: 'Observation' }]), [false, true, false]],
    ['read only', statement([{ type: 'Observation', interaction: [{ code: 'read' }] }]), [false, false, false]],
  ])('%s', (_name, said, expected) => {
    const { transaction, holds, of } = abilitiesOf(said)
    expect([transaction, holds('Observation'), of('Observation').conditionalCreate]).toEqual(expected)
  })

  test('asked once; one that hides its statement is taken to do what is common, one that is down is asked again', async () => {
    const HOST = 'https://ehr.example'
    const at = createFhirServer({ baseUrl: `${HOST}/fhir`, attempts: 1 })
    nock(HOST).get('/fhir/metadata').reply(503).get('/fhir/metadata').reply(403)
    await expect(at.abilities()).rejects.toMatchObject({ code: 'transient' })
    expect((await at.abilities()).transaction).toBe(true)
    expect(await at.abilities()).toBe(await at.abilities())
  })
})
