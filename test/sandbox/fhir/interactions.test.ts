import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FhirServer, issuesOf, observation, patient, startFhirServer } from './fhir-server.ts'

let server: FhirServer
beforeAll(async () => {
  server = await startFhirServer({ now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678) })
})
afterAll(() => server.close())

const put = (id: string, more: object = {}) => server.call('PUT', `/Patient/${id}`, { body: patient(id, more) })

describe('create, read, update, delete', () => {
  test('create: 201 with Location, ETag, Last-Modified and the resource as stored', async () => {
    const { status, headers, body } = await server.call('POST', '/Patient', {
      body: patient('mine', { meta: { versionId: '9', tag: [{ code: 't' }] } }),
    })
    expect(status).toBe(201)
    expect(body.id).not.toBe('mine')
    expect(body.meta).toEqual({ versionId: '1', lastUpdated: '2026-01-02T03:04:05.678Z', tag: [{ code: 't' }] })
    expect(headers.get('location')).toBe(`${server.base}/Patient/${body.id}/_history/1`)
    expect(headers.get('etag')).toBe('W/"1"')
    expect(headers.get('last-modified')).toBe('Fri, 02 Jan 2026 03:04:05 GMT')
    expect(headers.get('content-type')).toMatch(/^application\/fhir\+json/)
  })

  test('update: 201 when new, then 200, and every version stays readable', async () => {
    expect((await put('u')).status).toBe(201)
    expect((await put('u', { active: true })).status).toBe(200)
    expect((await server.call('GET', '/Patient/u/_history/1')).body.active).toBeUndefined()
    const read = await server.call('GET', '/Patient/u')
    expect([read.body.active, read.headers.get('etag')]).toEqual([true, 'W/"2"'])
    const { body } = await server.call('GET', '/Patient/u/_history')
    expect(body).toMatchObject({ type: 'history', total: 2 })
    expect(body.entry.map(({ response }: { response: { etag: string } }) => response.etag)).toEqual(['W/"2"', 'W/"1"'])
  })

  test('delete: 204, again 204, then read 410, history shows it, and an update brings it back', async () => {
    await put('d')
    expect((await server.call('DELETE', '/Patient/d')).status).toBe(204)
    expect((await server.call('DELETE', '/Patient/d')).status).toBe(204)
    const gone = await server.call('GET', '/Patient/d')
    expect([gone.status, issuesOf(gone.body)]).toEqual([410, ['deleted']])
    expect((await server.call('GET', '/Patient?_id=d')).body.total).toBe(0)
    const { body } = await server.call('GET', '/Patient/d/_history')
    expect(body.entry[0].request).toEqual({ method: 'DELETE', url: 'Patient/d' })
    expect(await put('d')).toMatchObject({ status: 201, body: { meta: { versionId: '3' } } })
  })

  test('HEAD and If-None-Match: the headers only, 304 when nothing has changed', async () => {
    await put('h')
    const head = await server.call('HEAD', '/Patient/h')
    expect([head.status, head.headers.get('etag'), head.body]).toEqual([200, 'W/"1"', {}])
    expect((await server.call('GET', '/Patient/h', { headers: { 'if-none-match': 'W/"1"' } })).status).toBe(304)
    expect((await server.call('GET', '/Patient/h', { headers: { 'if-none-match': 'W/"2"' } })).status).toBe(200)
  })

  test.each([
    ['return=minimal', 200, {}],
    ['return=representation', 200, { resourceType: 'Patient' }],
    ['return=OperationOutcome', 200, { resourceType: 'OperationOutcome', issue: [{ severity: 'information' }] }],
    ['respond-async', 200, { resourceType: 'Patient' }],
  ])('Prefer: %s', async (prefer, status, body) => {
    await put('p')
    const answer = await server.call('PUT', '/Patient/p', { body: patient('p'), headers: { prefer } })
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject(body)
    expect(Object.keys(answer.body).length === 0).toBe(Object.keys(body).length === 0)
  })
})

describe('conditions', () => {
  const condition = (value: string) => ({ 'if-none-exist': `identifier=${encodeURIComponent(`https://example.org/sid|${value}`)}` })

  test('If-None-Exist: 201, then 200 with what is there, 412 when several match', async () => {
    await put('c')
    const first = await server.call('POST', '/Observation', { body: observation('c', 'once'), headers: condition('once') })
    const second = await server.call('POST', '/Observation', { body: observation('c', 'once'), headers: condition('once') })
    expect([first.status, second.status]).toEqual([201, 200])
    expect(second.body.id).toBe(first.body.id)
    expect(second.headers.get('location')).toBe(first.headers.get('location'))
    await server.call('POST', '/Observation', { body: observation('c', 'once') })
    const third = await server.call('POST', '/Observation', { body: observation('c', 'once'), headers: condition('once') })
    expect([third.status, issuesOf(third.body)]).toEqual([412, ['multiple-matches']])
    expect(third.body.issue[0].diagnostics).toContain(first.body.id)
  })

  test('forty at once make one resource', async () => {
    await put('race')
    const call = () => server.call('POST', '/Observation', { body: observation('race', 'race'), headers: condition('race') })
    const answers = await Promise.all(Array.from({ length: 40 }, call))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(39)
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect((await server.call('GET', '/Observation?identifier=race&_total=accurate')).body.total).toBe(1)
  })

  test('forty updates of one version: one goes through, the others are told 412', async () => {
    await put('v')
    const call = () => server.call('PUT', '/Patient/v', { body: patient('v'), headers: { 'if-match': 'W/"1"' } })
    const answers = await Promise.all(Array.from({ length: 40 }, call))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(39).fill(412)])
  })

  test('conditional update: creates, updates, refuses another id and several matches', async () => {
    await put('cu')
    const call = (value: string, more: object = {}) =>
      server.call('PUT', `/Observation?identifier=${value}`, { body: observation('cu', value, more) })
    const first = await call('cu-1')
    expect(first.status).toBe(201)
    expect(await call('cu-1', { status: 'amended' })).toMatchObject({ status: 200, body: { id: first.body.id, meta: { versionId: '2' } } })
    expect((await call('cu-1', { id: 'other' })).status).toBe(400)
    expect(await call('cu-2', { id: 'given' })).toMatchObject({ status: 201, body: { id: 'given' } })
    await server.call('POST', '/Observation', { body: observation('cu', 'cu-2') })
    expect((await call('cu-2')).status).toBe(412)
  })
})

describe('what is refused', () => {
  beforeAll(async () => {
    await put('here')
  })
  const json = 'application/fhir+json'
  test.each([
    ['unknown type', 'GET', '/Medication/1', {}, 404, 'not-supported'],
    ['prototype as type', 'GET', '/constructor/1', {}, 404, 'not-supported'],
    ['unknown id', 'GET', '/Patient/nobody', {}, 404, 'not-found'],
    ['unknown version', 'GET', '/Patient/here/_history/7', {}, 404, 'not-found'],
    ['version that is none', 'GET', '/Patient/here/_history/x', {}, 404, 'not-found'],
    ['unknown path', 'GET', '/Patient/here/$everything', {}, 404, 'not-supported'],
    ['an id that is none', 'GET', '/Patient/a%20b', {}, 400, 'value'],
    ['patch', 'PATCH', '/Patient/here', {}, 405, 'not-supported'],
    ['post on an instance', 'POST', '/Patient/here', { body: patient('here') }, 405, 'not-supported'],
    ['delete of a type', 'DELETE', '/Patient', {}, 405, 'not-supported'],
    ['update without id or condition', 'PUT', '/Patient', { body: patient('here') }, 400, 'required'],
    ['body of another type', 'POST', '/Observation', { body: patient('here') }, 400, 'invalid resourceType'],
    ['body with another id', 'PUT', '/Patient/here', { body: patient('there') }, 400, 'invalid Patient.id'],
    ['body without id', 'PUT', '/Patient/here', { body: { resourceType: 'Patient' } }, 400, 'invalid Patient.id'],
    ['body that is a list', 'POST', '/Patient', { body: [] }, 400, 'structure'],
    ['body that is null', 'POST', '/Patient', { body: 'null' }, 400, 'structure'],
    ['body that is not JSON', 'POST', '/Patient', { body: '{"resourceType":', headers: { 'content-type': json } }, 400, 'structure'],
    ['no body', 'POST', '/Patient', { headers: { 'content-type': json } }, 400, 'structure'],
    ['XML body', 'POST', '/Patient', { body: '<Patient/>', headers: { 'content-type': 'application/fhir+xml' } }, 415, 'not-supported'],
    ['XML wanted', 'GET', '/Patient/here', { headers: { accept: 'application/fhir+xml' } }, 406, 'not-supported'],
    ['XML wanted by _format', 'GET', '/Patient/here?_format=xml', {}, 406, 'not-supported'],
    [
      'invalid resource',
      'POST',
      '/Observation',
      { body: observation('here', 'x', { status: 'done' }) },
      422,
      'code-invalid Observation.status',
    ],
    ['dangling reference', 'POST', '/Observation', { body: observation('nobody', 'x') }, 422, 'not-found Observation.subject.reference'],
    [
      'dangling list member',
      'POST',
      '/Observation',
      { body: observation('here', 'x', { derivedFrom: [{ reference: 'Patient/here' }, { reference: 'QuestionnaireResponse/none' }] }) },
      422,
      'not-found Observation.derivedFrom[1].reference',
    ],
    ['stale version', 'PUT', '/Patient/here', { body: patient('here'), headers: { 'if-match': 'W/"7"' } }, 412, 'conflict'],
    ['version of what is not there', 'PUT', '/Patient/new', { body: patient('new'), headers: { 'if-match': 'W/"1"' } }, 412, 'conflict'],
    ['strong ETag', 'PUT', '/Patient/here', { body: patient('here'), headers: { 'if-match': '"1"' } }, 400, 'value'],
    ['empty condition', 'POST', '/Patient', { body: patient('x'), headers: { 'if-none-exist': '?' } }, 400, 'required'],
    ['unknown condition', 'POST', '/Patient', { body: patient('x'), headers: { 'if-none-exist': 'colour=red' } }, 400, 'not-supported'],
    ['paging as condition', 'POST', '/Patient', { body: patient('x'), headers: { 'if-none-exist': '_count=1' } }, 400, 'not-supported'],
    ['Bundle of another type', 'POST', '/', { body: { resourceType: 'Bundle', type: 'collection' } }, 400, 'invalid Bundle.type'],
    ['no Bundle', 'POST', '/', { body: patient('x') }, 400, 'invalid Bundle.type'],
  ])('%s', async (_, method, path, options, status, issue) => {
    const answer = await server.call(method, path, options)
    expect([answer.status, issuesOf(answer.body)]).toEqual([status, [issue]])
  })

  test('more than 20 MB: 413 too-long', async () => {
    const answer = await server.call('POST', '/Patient', { body: JSON.stringify(patient('x', { language: 'x'.repeat(21 * 1024 * 1024) })) })
    expect([answer.status, issuesOf(answer.body)]).toEqual([413, ['too-long']])
  })

  test.each([
    ['arrays', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ])('10,000 %s deep: 413 too-long, and the server lives', async (_, body) => {
    const answer = await server.call('POST', '/Patient', { body })
    expect([answer.status, issuesOf(answer.body)]).toEqual([413, ['too-long']])
    expect((await server.call('GET', '/Patient/here')).status).toBe(200)
  })

  test('a fault of our own: 500 without its message', async () => {
    const heard: unknown[] = []
    const broken = await startFhirServer({
      onFault: (error) => heard.push(error),
      check: () => {
        throw new Error('secret')
      },
    })
    const answer = await broken.call('POST', '/Patient', { body: patient('x') })
    expect([answer.status, JSON.stringify(answer.body).includes('secret')]).toEqual([500, false])
    expect(heard).toEqual([new Error('secret')])
    await broken.close()
  })
})

describe('around the resources', () => {
  test('own absolute references are stored as relative ones', async () => {
    await put('abs')
    const { body } = await server.call('POST', '/Observation', {
      body: observation('abs', 'x', { subject: { reference: `${server.base}/Patient/abs` } }),
    })
    expect(body.subject.reference).toBe('Patient/abs')
  })

  test('any origin may call, without credentials, and see ETag and Location', async () => {
    const headers = {
      origin: 'http://app.example',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'if-match,authorization',
    }
    const preflight = await server.call('OPTIONS', '/Patient/abs', { headers, token: 'none' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/Authorization.*If-Match/)
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull()
    const refused = await server.call('GET', '/Patient/abs', { token: 'none' })
    expect(refused.headers.get('access-control-allow-origin')).toBe('*')
    expect(refused.headers.get('access-control-expose-headers')).toMatch(/ETag, Location, Last-Modified/)
  })
})
