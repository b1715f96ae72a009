import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { QuestionnaireResponse } from 'fhir/r4.js'
import nock from 'nock'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sweepExport } from '../../src/cli/sweep-export.ts'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import type { Connection } from '../../src/ehr/request.ts'
import { type DurableStore, openStore } from '../../src/queue/open-store.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { epds } from '../fixtures/responses.ts'
import { newFolder } from '../queue/store.ts'
import { startFhirServer } from '../sandbox/fhir/fhir-server.ts'

let store: DurableStore
beforeEach(() => {
  store = openStore({ folder: newFolder() })
})
afterEach(() => store.close())

const sweepOver = (connection: Connection, more: object = {}) => {
  const { queue, values } = store
  const sweep = { tenant: 'hospital', server: createFhirServer(connection), knowledge, queue, values, now: () => new Date() }
  return sweepExport({ sweep, connection, waiting: { delay: () => 1 }, ...more })
}
const { meta: _meta, ...form } = epds(12)
const jobs = async () => (await store.queue.list()).map(({ content }) => content.response)

describe('over the embedded EHR', () => {
  let ehr: Awaited<ReturnType<typeof startFhirServer>>
  let server: FhirServer
  let proxy: Server
  let connection: Connection
  let cuts = 0

  /** Passes everything on; of a file only some bytes, as often as `cuts` says. */
  beforeAll(async () => {
    proxy = createServer((req, res) => {
      const passed = request(`${new URL(ehr.base).origin}${req.url}`, { method: req.method, headers: req.headers }, (answer) => {
        res.writeHead(answer.statusCode!, answer.headers)
        if (!req.url!.includes('/output/') || cuts-- <= 0) return answer.pipe(res)
        return answer.once('data', (chunk: Buffer) => res.write(chunk.subarray(0, 700), () => res.destroy()))
      })
      req.pipe(passed)
    })
    await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening))
    ehr = await startFhirServer({ check: knowledge.check })
    connection = {
      baseUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/ehr/fhir`,
      accessToken: () => 'all',
      delay: () => 1,
    }
    server = createFhirServer(connection)
    await server.update({ resourceType: 'Patient', id: 'mother' })
  })
  afterAll(async () => {
    proxy.closeAllConnections()
    proxy.close()
    await ehr.close()
  })
  const given = (id: string) => server.update<QuestionnaireResponse>({ ...form, id, subject: { reference: 'Patient/mother' } })

  test('all at first, then what changed since by its clock; what was deleted is counted; nothing stays behind', async () => {
    for (const id of ['one', 'two', 'three']) await given(id)
    expect(await sweepOver(connection)).toMatchObject({ seen: 3, queued: 3, deleted: 0, faults: 0 })
    expect(await jobs()).toEqual(['one', 'two', 'three'])
    await new Promise((resolve) => setTimeout(resolve, 5))
    await given('four')
    await ehr.call('DELETE', '/QuestionnaireResponse/three')
    expect(await sweepOver(connection)).toMatchObject({ seen: 1, queued: 1, deleted: 1 })
    expect(await store.values.get('bulk/hospital/job')).toBe('')
  })

  test('a file that breaks off again and again is read to its end, no response twice or not at all', async () => {
    for (let n = 0; n < 5; n++) await given(`long-${n}`)
    cuts = 6
    const count = await sweepOver(connection)
    expect(count).toMatchObject({ seen: 8, faults: 0 })
    expect(cuts).toBeLessThanOrEqual(0)
  })

  test('killed while the export was made, the next run waits for the same one; gone, it asks for another', async () => {
    const begun = await ehr.call('GET', '/Patient/$export?_type=QuestionnaireResponse', { headers: { prefer: 'respond-async' } })
    const address = begun.headers.get('content-location')!.replace(ehr.base, connection.baseUrl)
    await store.values.set('bulk/hospital/job', JSON.stringify([address]))
    await given('after-it-was-asked-for')
    const { seen } = await sweepOver(connection)
    await store.values.set('bulk/hospital', '2020-01-01T00:00:00Z')
    await store.values.set('bulk/hospital/job', JSON.stringify([address, '2020-01-01T00:00:00Z']))
    expect(await sweepOver(connection)).toMatchObject({ seen: seen + 1 })
  })

  test('a Group that the server has not: said', async () => {
    await expect(sweepOver(connection, { group: 'none' })).rejects.toMatchObject({ code: 'not-supported' })
  })
})

describe('what servers do wrong', () => {
  const HOST = 'https://ehr.example'
  const connection: Connection = { baseUrl: `${HOST}/fhir`, accessToken: () => 'secret', attempts: 3, delay: () => 1 }
  const response = { ...form, id: 'one', subject: { reference: 'Patient/mother' } }
  const line = (resource: object) => `${JSON.stringify(resource)}\n`
  const kickOff = (level = '/Patient/$export') =>
    nock(HOST).get(`/fhir${level}`).query(true).matchHeader('prefer', 'respond-async').matchHeader('authorization', 'Bearer secret')
  const status = () => nock(HOST).get('/status/1').matchHeader('authorization', 'Bearer secret')
  const manifest = (more: object) => ({
    transactionTime: '2026-04-01T00:00:00Z',
    requiresAccessToken: false,
    output: [{ type: 'QuestionnaireResponse', url: 'https://files.example/1.ndjson' }],
    ...more,
  })
  const nothingScored = () => nock(HOST).get('/fhir/RiskAssessment').query(true).reply(200, { resourceType: 'Bundle', type: 'searchset' })
  const file = () => nock('https://files.example', { badheaders: ['authorization'] }).get('/1.ndjson')
  const ended = () => nock(HOST).delete('/status/1').reply(202)

  beforeEach(() => nock.disableNetConnect())
  afterEach(() => {
    const pending = nock.pendingMocks()
    nock.cleanAll()
    nock.enableNetConnect()
    expect(pending).toEqual([])
  })

  test('busy, in progress, busy, down for a moment, then files elsewhere that get no token', async () => {
    kickOff().reply(429, '', { 'retry-after': '0' })
    kickOff().reply(202, '', { 'content-location': `${HOST}/status/1` })
    status().reply(202, 'half way', { 'retry-after': '0', 'x-progress': '50%' })
    status().reply(429, '', { 'retry-after': '0' })
    status().reply(503, '<html>')
    status().reply(200, manifest({}))
    file().reply(500, '')
    file().reply(200, line(response))
    nothingScored()
    ended()
    const shown: string[] = []
    const count = await sweepOver(connection, { waiting: { delay: () => 1, show: (text: string) => shown.push(text) } })
    expect(count).toMatchObject({ seen: 1, queued: 1, faults: 0 })
    expect(shown).toEqual(['50%'])
    expect(await store.values.get('bulk/hospital')).toBe('2026-04-01T00:00:00Z')
  })

  test.each(['error', 'outcome'])('faults in %s: what came is used, the run does not count', async (name) => {
    kickOff().reply(404)
    kickOff('/$export').reply(202, '', { 'content-location': '/status/1' })
    status().reply(200, manifest({ [name]: [{ type: 'OperationOutcome', url: 'https://files.example/errors' }] }))
    file().reply(200, `${line(response)}{"half`)
    nock('https://files.example')
      .get('/errors')
      .reply(200, line({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception' }] }))
    nothingScored()
    ended()
    expect(await sweepOver(connection)).toMatchObject({ queued: 1, faults: 2 })
    expect(await store.values.get('bulk/hospital')).toBeUndefined()
  })

  test.each([
    ['no place to wait at', {}, undefined],
    ['a place at another server', { 'content-location': 'https://elsewhere.example/status' }, undefined],
    ['no manifest', { 'content-location': '/status/1' }, { resourceType: 'OperationOutcome' }],
    [
      'files without encryption',
      { 'content-location': '/status/1' },
      manifest({ requiresAccessToken: true, output: [{ type: 'QuestionnaireResponse', url: 'http://files.example/1' }] }),
    ],
  ])('%s: refused, no token sent there', async (_name, headers, body) => {
    kickOff().reply(202, '', headers)
    if (body !== undefined) status().reply(200, body)
    await expect(sweepOver(connection)).rejects.toMatchObject({ code: 'processing' })
  })

  test('an export that fails: said, after which another is asked for', async () => {
    kickOff().reply(202, '', { 'content-location': '/status/1' })
    status().reply(404)
    await expect(sweepOver(connection)).rejects.toMatchObject({ code: 'not-found' })
    expect(await store.values.get('bulk/hospital/job')).toBe('')
  })
})
