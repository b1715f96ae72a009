import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { batch, entry, type FhirServer, idsOf, issuesOf, observation, patient, startFhirServer, transaction } from './fhir-server.ts'

const UUID = 'urn:uuid:00000000-0000-4000-8000-00000000000'

let server: FhirServer
beforeAll(async () => {
  server = await startFhirServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  await server.call('PUT', '/Patient/m', { body: patient('m', { identifier: [{ system: 'https://example.org/mrn', value: '1' }] }) })
})

const post = (body: object, headers: Record<string, string> = {}) => server.call('POST', '/', { body, headers })
const create = (value: string, more: object = {}, request: Record<string, unknown> = {}) =>
  entry('POST', 'Observation', observation('m', value, more), { ifNoneExist: `identifier=https://example.org/sid|${value}`, ...request })
const count = async (query: string) => (await server.call('GET', `/${query}`)).body.total

describe('transaction', () => {
  test('urn:uuid references are resolved everywhere, forwards, backwards and to what was already there', async () => {
    const found = await server.call('POST', '/Observation', { body: observation('m', 'there') })
    const { status, body } = await post(
      transaction(
        create('panel', { hasMember: [{ reference: `${UUID}2` }, { reference: `${UUID}3` }] }, { fullUrl: `${UUID}1` }),
        create(
          'member',
          { extension: [{ url: 'https://example.org/x', valueReference: { reference: `${UUID}1` } }] },
          { fullUrl: `${UUID}2` },
        ),
        create('there', {}, { fullUrl: `${UUID}3` }),
        entry('POST', 'Provenance', {
          resourceType: 'Provenance',
          target: [1, 2, 3].map((n) => ({ reference: `${UUID}${n}` })),
          recorded: '2026-01-01T00:00:00Z',
          agent: [{ who: { display: 'x' } }],
        }),
      ),
      { prefer: 'return=representation' },
    )
    expect([status, body.type]).toEqual([200, 'transaction-response'])
    expect(body.entry.map(({ response }: { response: { status: string } }) => response.status)).toEqual([
      '201 Created',
      '201 Created',
      '200 OK',
      '201 Created',
    ])
    const [panel, member, there, provenance] = body.entry.map(({ resource }: { resource: object }) => resource)
    expect(there.id).toBe(found.body.id)
    expect(panel.hasMember).toEqual([{ reference: `Observation/${member.id}` }, { reference: `Observation/${there.id}` }])
    expect(member.extension[0].valueReference.reference).toBe(`Observation/${panel.id}`)
    expect(provenance.target).toEqual([panel, member, there].map(({ id }) => ({ reference: `Observation/${id}` })))
    expect(body.entry[0].response).toMatchObject({
      location: `Observation/${panel.id}/_history/1`,
      etag: 'W/"1"',
      lastModified: panel.meta.lastUpdated,
    })
  })

  test('DELETE, POST, PUT, GET in that order, answered in the order they came', async () => {
    await server.call('PUT', '/Observation/old', { body: observation('m', 'order', { id: 'old' }) })
    const { body } = await post(
      transaction(
        entry('GET', 'Observation?identifier=order,order-put'),
        entry('PUT', 'Observation/put', observation('m', 'order-put', { id: 'put' })),
        create('order'),
        entry('DELETE', 'Observation/old'),
        entry('GET', 'Patient/m'),
      ),
    )
    expect(body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3))).toEqual([
      '200',
      '201',
      '201',
      '204',
      '200',
    ])
    expect(idsOf(body.entry[0].resource)).toContain('put')
    expect(idsOf(body.entry[0].resource)).not.toContain('old')
    expect(body.entry[4].resource.id).toBe('m')
  })

  test('sent again it changes nothing; forty at once neither', async () => {
    const bundle = transaction(create('again'), create('again-2'))
    const answers = await Promise.all(Array.from({ length: 40 }, () => post(bundle)))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(await count('Observation?identifier=again,again-2')).toBe(2)
  })

  test('conditional references and own absolute urls are resolved', async () => {
    const about = (reference: string) => ({ subject: { reference } })
    const { body } = await post(
      transaction(
        create('cond-1', about('Patient?identifier=https://example.org/mrn|1')),
        entry('POST', `${server.base}/Observation`, observation('m', 'cond-2', about(`${server.base}/Patient/m`))),
      ),
      { prefer: 'return=representation' },
    )
    expect(body.entry.map(({ resource }: { resource: { subject: object } }) => resource.subject)).toEqual(
      Array(2).fill({ reference: 'Patient/m' }),
    )
  })

  test('ifMatch guards an update', async () => {
    const update = (version: string) =>
      transaction(entry('PUT', 'Patient/m', patient('m'), { ifMatch: `W/"${version}"` }), create(`guard-${version}`))
    const { versionId } = (await server.call('GET', '/Patient/m')).body.meta
    expect((await post(update(versionId))).status).toBe(200)
    const stale = await post(update(versionId))
    expect([stale.status, issuesOf(stale.body)]).toEqual([412, ['conflict Bundle.entry[0]']])
  })

  test.each([
    ['invalid resource', create('bad', { status: 'done' }), 422, 'code-invalid Bundle.entry[1].resource.status'],
    [
      'urn:uuid of no entry',
      create('bad', { focus: [{ reference: `${UUID}9` }] }),
      422,
      'not-found Bundle.entry[1].resource.focus[0].reference',
    ],
    [
      'dangling reference',
      create('bad', { focus: [{ reference: 'Patient/none' }] }),
      422,
      'not-found Bundle.entry[1].resource.focus[0].reference',
    ],
    [
      'conditional reference to nothing',
      create('bad', { subject: { reference: 'Patient?identifier=none' } }),
      412,
      'not-found Bundle.entry[1]',
    ],
    ['the same condition twice', create('good'), 400, 'duplicate Bundle.entry[1]'],
    ['the same resource twice', entry('PUT', 'Patient/m', patient('m')), 400, 'duplicate Bundle.entry[2]'],
    ['deleted and written', entry('DELETE', 'Patient/m'), 400, 'duplicate Bundle.entry[2]'],
    ['another that fulfils its condition', entry('POST', 'Observation', observation('m', 'good')), 400, 'duplicate Bundle.entry[0]'],
    ['a fullUrl twice', create('bad', {}, { fullUrl: `${UUID}0` }), 400, 'duplicate Bundle.entry[1].fullUrl'],
    ['no request', { resource: patient('x') }, 400, 'required Bundle.entry[1]'],
    ['no resource', entry('POST', 'Observation'), 400, 'structure Bundle.entry[1]'],
    ['no object', 'entry' as unknown as object, 400, 'required Bundle.entry[1]'],
    ['unknown type', entry('POST', 'Medication', { resourceType: 'Medication' }), 404, 'not-supported Bundle.entry[1]'],
    ['a read that fails', entry('GET', 'Patient/nobody'), 404, 'not-found Bundle.entry[1]'],
    ['a method that is none', entry('BREW', 'Patient/m'), 405, 'not-supported Bundle.entry[1]'],
  ])('%s: nothing is written and the entry is named', async (_, bad, status, issue) => {
    const before = [await count('Observation?_summary=count'), (await server.call('GET', '/Patient/m')).body.meta.versionId]
    const answer = await post(transaction(create('good', {}, { fullUrl: `${UUID}0` }), bad, entry('PUT', 'Patient/m', patient('m'))))
    expect([answer.status, issuesOf(answer.body)]).toEqual([status, [issue]])
    expect([await count('Observation?_summary=count'), (await server.call('GET', '/Patient/m')).body.meta.versionId]).toEqual(before)
  })

  test('an empty one is answered emptily', async () => {
    expect((await post({ resourceType: 'Bundle', type: 'transaction' })).body).toEqual({
      resourceType: 'Bundle',
      type: 'transaction-response',
    })
  })
})

describe('batch', () => {
  test('each entry stands for itself', async () => {
    const { status, body } = await post(
      batch(create('b-1'), create('b-2', { status: 'done' }), entry('GET', 'Patient/none'), entry('GET', 'Patient/m')),
    )
    expect([status, body.type]).toEqual([200, 'batch-response'])
    expect(body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3))).toEqual([
      '201',
      '422',
      '404',
      '200',
    ])
    expect(issuesOf(body.entry[1].response.outcome)).toEqual(['code-invalid Bundle.entry[1].resource.status'])
    expect(await count('Observation?identifier=b-1,b-2')).toBe(1)
  })
})
