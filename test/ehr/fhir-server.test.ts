import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFhirServer } from '../../src/ehr/fhir-server.ts'

const HOST = 'https://ehr.example'
const FHIR = { 'content-type': 'application/fhir+json' }
const patient = { resourceType: 'Patient' as const, id: 'p1' }
const waits: number[] = []
const server = (more = {}) =>
  createFhirServer({ baseUrl: `${HOST}/fhir`, attempts: 3, delay: (attempt) => waits.push(attempt) - waits.length, timeout: 500, ...more })

beforeEach(() => {
  nock.disableNetConnect()
  waits.length = 0
})
afterEach(() => {
  const pending = nock.pendingMocks()
  nock.cleanAll()
  nock.enableNetConnect()
  expect(pending).toEqual([])
})

const outcome = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code: 'invariant', expression: ['Observation.status'], diagnostics: 'Hanako Example answered' }],
}

describe('what an EHR does wrong', () => {
  test.each([
    [400, 'processing'],
    [401, 'login'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [405, 'not-supported'],
    [409, 'conflict'],
    [410, 'deleted'],
    [412, 'conflict'],
    [413, 'too-long'],
    [422, 'processing'],
    [501, 'not-supported'],
    [301, 'processing'],
  ])('%i is %s, and not repeated', async (status, code) => {
    nock(HOST).get('/fhir/Patient/p1').reply(status, outcome, FHIR)
    await expect(server().read('Patient', 'p1')).rejects.toMatchObject({ code })
    expect(waits).toEqual([])
  })

  test.each([408, 425, 429, 500, 502, 503, 504])('%i passes: asked again, then answered', async (status) => {
    nock(HOST).get('/fhir/Patient/p1').reply(status, '').get('/fhir/Patient/p1').reply(200, patient, FHIR)
    expect(await server().read('Patient', 'p1')).toEqual(patient)
    expect(waits).toEqual([1])
  })

  test.each([
    ['without a body', ''],
    ['with a body', outcome],
    ['with HTML', '<html>Precondition</html>'],
  ])('412 %s: conflict, not repeated', async (_name, body) => {
    nock(HOST).put('/fhir/Patient/p1').reply(412, body, FHIR)
    await expect(server().update({ ...patient, meta: { versionId: '1' } })).rejects.toMatchObject({ code: 'conflict' })
    expect(waits).toEqual([])
  })

  test('half an answer that calls itself JSON passes; the whole one is taken', async () => {
    nock(HOST).get('/fhir/Patient/p1').reply(200, '{"resourceType":"Pati', FHIR).get('/fhir/Patient/p1').reply(200, patient, FHIR)
    expect(await server().read('Patient', 'p1')).toEqual(patient)
  })

  test('JSON of another content type is read all the same', async () => {
    nock(HOST).get('/fhir/Patient/p1').reply(200, JSON.stringify(patient), { 'content-type': 'text/plain' })
    expect(await server().read('Patient', 'p1')).toEqual(patient)
  })

  test('a search that is answered with something else than a Bundle', async () => {
    nock(HOST).get('/fhir/Patient?name=x').reply(200, outcome, FHIR)
    await expect(server().searchAll('Patient', { name: 'x' })).rejects.toMatchObject({ code: 'processing' })
  })

  test('429 that asks for more than a minute is not waited for: who can come back later is told when', async () => {
    nock(HOST).get('/fhir/Patient/p1').reply(429, '', { 'retry-after': '3600' })
    await expect(server().read('Patient', 'p1')).rejects.toMatchObject({ code: 'transient', retryAfter: 3_600_000, status: 429 })
    const tomorrow = new Date(Date.now() + 86_400_000).toUTCString()
    nock(HOST).get('/fhir/Patient/p1').reply(429, '', { 'retry-after': tomorrow })
    const failure = (await server()
      .read('Patient', 'p1')
      .catch((error: unknown) => error)) as { retryAfter: number }
    expect(failure.retryAfter).toBeGreaterThan(86_000_000)
    expect(waits).toEqual([])
  })

  test('503 three times: transient', async () => {
    nock(HOST).get('/fhir/Patient/p1').times(3).reply(503, '')
    await expect(server().read('Patient', 'p1')).rejects.toMatchObject({ code: 'transient' })
  })

  test('Retry-After in seconds is honoured instead of our own delay', async () => {
    nock(HOST).get('/fhir/Patient/p1').reply(429, '', { 'retry-after': '0' }).get('/fhir/Patient/p1').reply(200, patient, FHIR)
    await server().read('Patient', 'p1')
    expect(waits).toEqual([])
  })

  test('Retry-After as a date that is past', async () => {
    nock(HOST)
      .get('/fhir/Patient/p1')
      .reply(503, '', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' })
      .get('/fhir/Patient/p1')
      .reply(200, patient, FHIR)
    await server().read('Patient', 'p1')
    expect(waits).toEqual([])
  })

  test('no answer in time, then one', async () => {
    nock.enableNetConnect('127.0.0.1')
    let asked = 0
    const slow = createServer((_req, res) => void (++asked === 1 || res.writeHead(200, FHIR).end(JSON.stringify(patient)))).listen(
      0,
      '127.0.0.1',
    )
    await once(slow, 'listening')
    const baseUrl = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`
    expect(await server({ baseUrl, timeout: 100 }).read('Patient', 'p1')).toEqual(patient)
    slow.closeAllConnections()
    slow.close()
  })

  test('a broken connection is transient', async () => {
    nock(HOST).get('/fhir/Patient/p1').times(3).replyWithError('socket hang up')
    await expect(server().read('Patient', 'p1')).rejects.toMatchObject({ code: 'transient' })
  })

  test('HTML instead of FHIR', async () => {
    nock(HOST).get('/fhir/Patient/p1').reply(200, '<html>Maintenance</html>', { 'content-type': 'text/html' })
    await expect(server().read('Patient', 'p1')).rejects.toMatchObject({ code: 'processing' })
  })

  test('the message names codes and elements, never what the server says of a person', async () => {
    nock(HOST).get('/fhir/Patient/p1').reply(422, outcome, FHIR)
    const failure = await server()
      .read('Patient', 'p1')
      .catch((error: Error) => error)
    expect((failure as Error).message).toBe('The FHIR server answered 422 (invariant Observation.status)')
  })
})

describe('tokens', () => {
  test('401: once more with a fresh token', async () => {
    nock(HOST, { reqheaders: { authorization: 'Bearer old' } })
      .get('/fhir/Patient/p1')
      .reply(401, '')
    nock(HOST, { reqheaders: { authorization: 'Bearer new' } })
      .get('/fhir/Patient/p1')
      .reply(200, patient, FHIR)
    expect(await server({ accessToken: ({ fresh }: { fresh: boolean }) => (fresh ? 'new' : 'old') }).read('Patient', 'p1')).toEqual(patient)
  })

  test('401 with the fresh one too: login', async () => {
    nock(HOST).get('/fhir/Patient/p1').times(2).reply(401, '')
    await expect(server({ accessToken: () => 'same' }).read('Patient', 'p1')).rejects.toMatchObject({ code: 'login' })
  })

  test('a page link to another host gets no token: refused', async () => {
    const page = { resourceType: 'Bundle', type: 'searchset', link: [{ relation: 'next', url: 'https://elsewhere.example/fhir?page=2' }] }
    nock(HOST).get('/fhir/Observation?subject=Patient%2Fp1').reply(200, page, FHIR)
    await expect(server().searchAll('Observation', { subject: 'Patient/p1' })).rejects.toMatchObject({ code: 'processing' })
  })
})

describe('writing', () => {
  test('a plain create is never repeated: it could double', async () => {
    nock(HOST).post('/fhir/Patient').reply(503, '')
    await expect(server().create({ resourceType: 'Patient' })).rejects.toMatchObject({ code: 'transient' })
  })

  test('a conditional create is', async () => {
    nock(HOST, { reqheaders: { 'if-none-exist': 'identifier=a%7Cb' } })
      .post('/fhir/Patient')
      .reply(500, '')
      .post('/fhir/Patient')
      .reply(201, patient, FHIR)
    expect(await server().create({ resourceType: 'Patient' }, 'identifier=a%7Cb')).toEqual(patient)
  })

  test('200 with an empty body (it existed): read at Location', async () => {
    nock(HOST)
      .post('/fhir/Patient')
      .reply(200, '', { location: `${HOST}/fhir/Patient/p1/_history/4` })
      .get('/fhir/Patient/p1')
      .reply(200, patient, FHIR)
    expect(await server().create({ resourceType: 'Patient' }, 'identifier=a%7Cb')).toEqual(patient)
  })

  test('an update carries the version that was read', async () => {
    nock(HOST, { reqheaders: { 'if-match': 'W/"7"' } })
      .put('/fhir/Patient/p1')
      .reply(412, '')
    await expect(server().update({ ...patient, meta: { versionId: '7' } })).rejects.toMatchObject({ code: 'conflict' })
  })
})

test('a search follows its pages to the end', async () => {
  const page = (id: string, next?: string) => ({
    resourceType: 'Bundle',
    type: 'searchset',
    entry: [{ resource: { ...patient, id } }, { search: { mode: 'outcome' }, resource: outcome }],
    ...(next && { link: [{ relation: 'next', url: next }] }),
  })
  nock(HOST)
    .get('/fhir/Patient?name=x')
    .reply(200, page('a', `${HOST}/fhir?page=2`), FHIR)
    .get('/fhir?page=2')
    .reply(200, page('b'), FHIR)
  expect((await server().searchAll('Patient', { name: 'x' })).map(({ id }) => id)).toEqual(['a', 'b'])
})
