import type { Observation, QuestionnaireResponse, RiskAssessment } from 'fhir/r4.js'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import { resultUuid, resultValue } from '../../src/score/identity.ts'
import { writeBack } from '../../src/write-back/write-back.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { epds } from '../fixtures/responses.ts'
import { startFhirServer, token } from '../sandbox/fhir/fhir-server.ts'
import { startRacingServer } from './racing-server.ts'

const recording = { recorded: '2026-04-01T00:00:00Z' }
let ehr: Awaited<ReturnType<typeof startFhirServer>>
let racing: Awaited<ReturnType<typeof startRacingServer>>
let server: FhirServer
let racy: FhirServer
let mother: string
let count = 0

beforeAll(async () => {
  const creator = token('system/Patient.r system/RelatedPerson.rs system/QuestionnaireResponse.rs system/*.crs')
  ehr = await startFhirServer({ check: knowledge.check, grants: { creator } })
  racing = await startRacingServer(ehr)
  server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
  racy = createFhirServer({ baseUrl: racing.baseUrl, accessToken: () => 'all' })
})
afterAll(async () => {
  racing.close()
  await ehr.close()
})
beforeEach(async () => {
  mother = `mother-${++count}`
  await server.update({ resourceType: 'Patient', id: mother })
})

const given = ({ meta: _meta, ...form }: QuestionnaireResponse): Promise<QuestionnaireResponse> =>
  server.update({ ...form, id: `${mother}-form`, subject: { reference: `Patient/${mother}` } })
const write = (response: QuestionnaireResponse, on = server) => writeBack({ server: on, knowledge, response, recording })
async function held() {
  const subject = `Patient/${mother}`
  return [
    ...(await server.searchAll<Observation>('Observation', { subject })),
    ...(await server.searchAll<RiskAssessment>('RiskAssessment', { subject })),
  ]
}
const inForce = async () => (await held()).filter(({ status }) => status !== 'entered-in-error')
const valuesOf = (resources: readonly (Observation | RiskAssessment)[]) => resources.map(({ identifier }) => identifier![0]!.value!).sort()

describe('a server that takes ids', () => {
  test('ids are made by hashing: whoever writes first, they are the same', async () => {
    await write(await given(epds(12)))
    const ids = ['epds-panel', 'epds-total', 'epds-3a', 'risk'].map((role) =>
      resultUuid(resultValue(`QuestionnaireResponse/${mother}-form`, role)),
    )
    expect((await held()).map(({ id }) => id).sort()).toEqual(ids.sort())
  })

  test('results that stand under other ids are updated there', async () => {
    const form = await given(epds(12))
    await write(form, racy)
    const before = (await held()).map(({ id }) => id)
    await write(await given({ ...epds(20), status: 'amended' }))
    expect((await held()).map(({ id }) => id)).toEqual(before)
  })

  test('the response changes while it is written: what stands is about the newest', async () => {
    const form = await given(epds(5))
    const amending: FhirServer = {
      ...server,
      transaction: async (bundle) => {
        if ((await server.read<QuestionnaireResponse>('QuestionnaireResponse', form.id!)).status !== 'amended')
          await given({ ...epds(20), status: 'amended' })
        return server.transaction(bundle)
      },
    }
    await write(form, amending)
    const total = (await held()).find((one) => one.resourceType === 'Observation' && one.code.coding![0]!.code === 'epds-total')
    expect(total).toMatchObject({ status: 'amended', valueQuantity: { value: 20 } })
  })

  test('a token that may create and not update: the server chooses the ids', async () => {
    const creator = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'creator' })
    const receipt = await write(await given(epds(12)), creator)
    expect(receipt.written.map(({ action }) => action)).toEqual(['created', 'created', 'created', 'created', 'created'])
    expect(await held()).toHaveLength(4)
  })
})

describe('a server whose conditional creates race', () => {
  test('ten at once: copies are made, and one of each stays in force', async () => {
    const form = await given(epds(12))
    await Promise.all(Array.from({ length: 10 }, () => write(form, racy).catch(() => undefined)))
    expect((await held()).length).toBeGreaterThan(4)
    await write(form, racy)
    expect(new Set(valuesOf(await inForce())).size).toBe(4)
    expect(await inForce()).toHaveLength(4)
  })

  test('copies left by one who was killed before he could repair are repaired by the next, and their history is kept', async () => {
    const form = await given(epds(12))
    await write(form)
    const [first] = await held()
    const { id: _id, meta: _meta, ...copy } = first!
    const { id } = await server.create(copy as Observation)
    const receipt = await write(form)
    expect(receipt).toMatchObject({ duplicates: [], repaired: ['epds-panel'] })
    expect(await server.read<Observation>('Observation', id!)).toMatchObject({ status: 'entered-in-error', meta: { versionId: '2' } })
    expect(await inForce()).toHaveLength(4)
    expect(await write(form)).not.toHaveProperty('repaired')
  })

  test('all copies retracted by two who repaired at once: the next writer brings one back', async () => {
    const form = await given(epds(12))
    await write(form)
    for (const one of await held())
      if (one.resourceType === 'RiskAssessment') await server.update<RiskAssessment>({ ...one, status: 'entered-in-error' })
    await write(form)
    expect(await inForce()).toHaveLength(4)
  })
})
