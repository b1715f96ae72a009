import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FhirServer, idsOf, issuesOf, observation, patient, startFhirServer, token } from './fhir-server.ts'

const NUMBER = 23
let clock = Date.UTC(2026, 0, 1)
let server: FhirServer
beforeAll(async () => {
  server = await startFhirServer({
    now: () => clock,
    grants: { other: token('patient/Observation.rs', { patient: 'other' }), none: token('system/Patient.rs') },
  })
  await server.call('PUT', '/Patient/p', { body: patient('p') })
  for (let n = 0; n < NUMBER; n++) await server.call('PUT', `/Observation/o${n}`, { body: { ...observation('p', `${n}`), id: `o${n}` } })
})
afterAll(() => server.close())

const linkOf = (bundle: { link: { relation: string; url: string }[] }, relation: string) =>
  bundle.link.find((link) => link.relation === relation)?.url.slice(server.base.length)

test('every resource comes once, forwards and backwards, while others write', async () => {
  const seen: string[] = []
  let { body } = await server.call('GET', '/Observation?subject=Patient/p&_count=5&_sort=-_lastUpdated')
  for (let page = 0; ; page++) {
    expect(body.total).toBe(NUMBER)
    seen.push(...idsOf(body))
    await server.call('PUT', `/Observation/extra${page}`, { body: { ...observation('p', `extra${page}`), id: `extra${page}` } })
    await server.call('PUT', '/Observation/o0', { body: { ...observation('p', '0'), id: 'o0' } })
    const next = linkOf(body, 'next')
    if (!next) break
    body = (await server.call('GET', next)).body
  }
  expect(seen.toSorted()).toEqual(Array.from({ length: NUMBER }, (_, n) => `o${n}`).toSorted())
  const backwards = [idsOf(body)]
  for (let previous = linkOf(body, 'previous'); previous; previous = linkOf(body, 'previous')) {
    body = (await server.call('GET', previous)).body
    backwards.unshift(idsOf(body))
  }
  expect(backwards.flat()).toEqual(seen)
  expect(linkOf(body, 'self')).toContain('subject=')
})

test('a later page includes what the first one would', async () => {
  const { body } = await server.call('GET', '/Observation?_id=o1,o2&_count=1&_include=Observation:subject')
  const later = await server.call('GET', linkOf(body, 'next') ?? '')
  expect(idsOf(later.body)).toEqual(['o2', '+p'])
})

test('what was deleted meanwhile is left out', async () => {
  const { body } = await server.call('GET', '/Observation?_id=o3,o4,o5&_count=1')
  await server.call('DELETE', '/Observation/o4')
  const second = await server.call('GET', linkOf(body, 'next') ?? '')
  expect([idsOf(second.body), linkOf(second.body, 'next') !== undefined]).toEqual([[], true])
})

test('the page of another is worth nothing without his rights', async () => {
  const { body } = await server.call('GET', '/Observation?_count=2')
  const next = linkOf(body, 'next') ?? ''
  expect(idsOf((await server.call('GET', next, { token: 'other' })).body)).toEqual([])
  expect((await server.call('GET', next, { token: 'none' })).status).toBe(403)
})

test('no more than 500 a page, 50 unless asked otherwise', async () => {
  const bodies = Array.from({ length: 520 }, (_, n) => ({
    resource: observation('p', `many-${n}`),
    request: { method: 'POST', url: 'Observation' },
  }))
  await server.call('POST', '/', { body: { resourceType: 'Bundle', type: 'transaction', entry: bodies } })
  expect(idsOf((await server.call('GET', '/Observation?_count=1000')).body)).toHaveLength(500)
  expect(idsOf((await server.call('GET', '/Observation')).body)).toHaveLength(50)
})

test('after an hour, or never kept: 410', async () => {
  const { body } = await server.call('GET', '/Observation?_count=2')
  clock += 3_600_001
  await server.call('GET', '/Observation?_count=3')
  for (const path of [linkOf(body, 'next') ?? '', '/Observation?_page=none&_offset=0']) {
    const answer = await server.call('GET', path)
    expect([answer.status, issuesOf(answer.body)]).toEqual([410, ['expired']])
  }
})
