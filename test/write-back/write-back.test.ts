import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Observation, Provenance, QuestionnaireResponse, RiskAssessment } from 'fhir/r4.js'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import { writeBack } from '../../src/write-back/write-back.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { epds, response, summing, weights } from '../fixtures/responses.ts'
import { startFhirServer, token } from '../sandbox/fhir/fhir-server.ts'

const recording = { recorded: '2026-04-01T00:00:00Z' }
let ehr: Awaited<ReturnType<typeof startFhirServer>>
let server: FhirServer
let mother: string
let count = 0

beforeAll(async () => {
  const clinician = token(
    'patient/Patient.r patient/RelatedPerson.rs patient/QuestionnaireResponse.crus patient/Observation.crus patient/RiskAssessment.crus patient/Provenance.c',
    { patient: 'mother-scoped' },
  )
  ehr = await startFhirServer({ check: knowledge.check, grants: { clinician } })
  server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
})
afterAll(() => ehr.close())
beforeEach(async () => {
  mother = `mother-${++count}`
  await server.update({ resourceType: 'Patient', id: mother })
})

/** Puts a response on the server, as some form filler did before us. */
async function given(form: QuestionnaireResponse, id = `${mother}-form`): Promise<QuestionnaireResponse> {
  const { meta: _meta, ...rest } = form
  return server.update({ ...rest, id, subject: { reference: `Patient/${mother}` } })
}

const write = (form: QuestionnaireResponse) => writeBack({ server, knowledge, response: form, recording })

async function held() {
  const subject = `Patient/${mother}`
  const observations = await server.searchAll<Observation>('Observation', { subject })
  const assessments = await server.searchAll<RiskAssessment>('RiskAssessment', { subject })
  const target = [...observations, ...assessments].map(({ resourceType, id }) => `${resourceType}/${id}`).join(',')
  const provenances = target === '' ? [] : await server.searchAll<Provenance>('Provenance', { target })
  return { observations, assessments, provenances }
}
const counts = async () => Object.values(await held()).map(({ length }) => length)
const roleCounts = (form: { written: readonly { role: string; action: string }[] }) =>
  Object.fromEntries(form.written.map(({ role, action }) => [role, action]))

test('a first write leaves one of each, linked, and says so', async () => {
  const receipt = await write(await given(epds(12)))
  expect(roleCounts(receipt)).toEqual({
    'epds-panel': 'created',
    'epds-total': 'created',
    'epds-3a': 'created',
    risk: 'created',
    'provenance-1': 'created',
  })
  expect(receipt.duplicates).toEqual([])
  const { observations, assessments, provenances } = await held()
  expect([observations.length, assessments.length, provenances.length]).toEqual([3, 1, 1])
  const panel = observations.find(({ hasMember }) => hasMember !== undefined)!
  const members = observations.filter((one) => one !== panel).map(({ id }) => `Observation/${id}`)
  expect(panel.hasMember!.map(({ reference }) => reference).sort()).toEqual(members.sort())
  expect(assessments[0]!.basis!.map(({ reference }) => reference)).toEqual(
    expect.arrayContaining([`QuestionnaireResponse/${mother}-form`, ...members]),
  )
  expect(provenances[0]!.target.map(({ reference }) => reference)).toHaveLength(4)
  for (const { reference } of receipt.written) {
    const [type, id] = reference.split('/')
    expect(await server.read(type as 'Observation', id!)).toMatchObject({ resourceType: type })
  }
})

test('writing the same again changes nothing', async () => {
  const form = await given(epds(12))
  await write(form)
  const before = await held()
  expect(roleCounts(await write(form))).toEqual({
    'epds-panel': 'unchanged',
    'epds-total': 'unchanged',
    'epds-3a': 'unchanged',
    risk: 'unchanged',
  })
  expect(await held()).toEqual(before)
})

test('twenty at once leave one of each', async () => {
  const form = await given(epds(12))
  await Promise.all(Array.from({ length: 20 }, () => write(form)))
  expect(await counts()).toEqual([3, 1, 1])
})

test('a draft, its completion and its amendment: the same resources, three times written', async () => {
  const draft = await given(response('epds', weights('111'), { status: 'in-progress' }))
  await write(draft)
  expect((await held()).observations.map(({ status }) => status)).toEqual(['preliminary', 'preliminary', 'preliminary'])
  await write(await given({ ...epds(12), status: 'completed' }))
  expect((await held()).assessments[0]).toMatchObject({ status: 'final', meta: { versionId: '2' } })
  await write(await given({ ...epds(20), status: 'amended' }))
  const { observations, assessments, provenances } = await held()
  expect(observations.map(({ status }) => status)).toEqual(['amended', 'amended', 'amended'])
  expect(assessments[0]).toMatchObject({ status: 'amended', meta: { versionId: '3' } })
  expect(provenances.map(({ meta }) => meta!.tag![0]!.code!.split('.')[1]).sort()).toEqual(['provenance-1', 'provenance-2', 'provenance-3'])
})

test('entered in error reaches every result', async () => {
  await write(await given(response('epds', weights('0000000003'))))
  await write(await given({ ...response('epds', weights('0000000003')), status: 'entered-in-error' }))
  const { observations, assessments } = await held()
  expect([...observations, ...assessments].map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'entered-in-error'))
  expect(assessments[0]!.prediction).toBeDefined()
})

test('two clinicians amend at once: one of each, and it is one of theirs', async () => {
  await write(await given(epds(5)))
  const [one, other] = [await given({ ...epds(14), status: 'amended' }), await given({ ...epds(18), status: 'amended' })]
  await Promise.all([write(one), write(other)])
  const { observations, assessments } = await held()
  expect([observations.length, assessments.length]).toEqual([3, 1])
  expect([14, 18]).toContain(observations.find(({ code }) => code.coding![0]!.code === 'epds-total')!.valueQuantity!.value)
})

test('an amendment does not clear item 10, and her earlier scores are her baseline', async () => {
  const early = { authored: '2026-01-01T10:00:00+09:00' }
  await write(await given(epds(3, early), `${mother}-first`))
  await write(await given(response('epds', weights('1110000002'))))
  const { result } = await write(await given({ ...epds(12), status: 'amended' }))
  expect(result.risk.tier).toBe('immediate')
  expect(result.risk.verdicts.filter(({ verdict }) => verdict === 'fired').map(({ id }) => id)).toEqual(['S1', 'D2', 'C1'])
})

test('her infants are found: a bonding form is dated by the birth', async () => {
  await server.create(
    { resourceType: 'RelatedPerson', patient: { reference: `Patient/${mother}` }, birthDate: '2026-03-01' },
    'identifier=none%7Cnone',
  )
  const { result } = await write(await given(response('mibs-j', summing(5, 10, 1, [3, 5, 7, 9]))))
  expect(result).toMatchObject({ timePoint: { phase: 'postpartum', day: 30 }, risk: { tier: 'assess' } })
})

test('what the caller knows besides the server is read too', async () => {
  const form = await given(response('epds', weights('0000000000')))
  const before = { ...response('epds', weights('0000000002')), id: form.id!, subject: form.subject! }
  const receipt = await writeBack({ server, knowledge, response: form, recording, history: [before] })
  expect(receipt.result.risk.tier).toBe('immediate')
  expect(receipt.bundle?.entry).toHaveLength(5)
})

test('a refused response writes nothing and still says what its safety answers fired', async () => {
  const receipt = await write({
    ...response('epds', weights('0000000002')),
    id: 'x',
    questionnaire: 'https://w3id.org/kizuna/fhir/Questionnaire/epds|7.0.0',
    subject: { reference: `Patient/${mother}` },
  })
  expect(receipt).toMatchObject({ written: [], result: { outcome: 'refused', risk: { tier: 'immediate' } } })
  expect(await counts()).toEqual([0, 0, 0])
})

describe('with the scopes of a SMART launch', () => {
  test('Provenances that may not be read: an update is recorded all the same', async () => {
    mother = 'mother-scoped'
    await server.update({ resourceType: 'Patient', id: mother })
    const clinician = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'clinician' })
    const order = { server: clinician, knowledge, recording }
    await writeBack({ ...order, response: await given(epds(5)) })
    const receipt = await writeBack({ ...order, response: await given({ ...epds(15), status: 'amended' }) })
    expect(receipt.written.map(({ action }) => action).sort()).toEqual(['created', 'updated', 'updated', 'updated', 'updated'])
    expect((await held()).provenances).toHaveLength(2)
  })
})

/** A gateway before the EHR that answers the first transaction with `status`, after passing it on or instead of it. */
async function gateway(status: number, passesOn: boolean) {
  let failed = false
  const proxy = createServer(async (req, res) => {
    const fails = req.method === 'POST' && !failed
    failed ||= fails
    const body = req.method === 'POST' ? await text(req) : undefined
    const answer = fails && !passesOn ? undefined : await ehr.call(req.method!, req.url!, { body })
    if (fails || answer === undefined) return void res.writeHead(status).end()
    res.writeHead(answer.status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(answer.body))
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return { baseUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, close: () => proxy.close() }
}

describe('when the server fails in between', () => {
  test.each([
    { name: '500 after commit: the second try finds what the first one wrote', status: 500, passesOn: true },
    { name: '412 without body: read and decided again', status: 412, passesOn: false },
    { name: '409: read and decided again', status: 409, passesOn: false },
  ])('$name', async ({ status, passesOn }) => {
    const form = await given(epds(12))
    const { baseUrl, close } = await gateway(status, passesOn)
    const flaky = createFhirServer({ baseUrl, delay: () => 0 })
    const receipt = await writeBack({ server: flaky, knowledge, response: form, recording })
    expect(receipt.written).toHaveLength(5)
    expect(await counts()).toEqual([3, 1, 1])
    close()
  })
})
