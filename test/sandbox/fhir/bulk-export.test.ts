import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FhirServer, observation, patient, startFhirServer, token } from './fhir-server.ts'

let ehr: FhirServer
let clock = Date.parse('2026-04-01T00:00:00Z')
const ASYNC = { headers: { prefer: 'respond-async', accept: 'application/fhir+json' } }
beforeAll(async () => {
  const other = token('system/*.cruds', { clientId: 'other' })
  ehr = await startFhirServer({ now: () => clock, grants: { other, patients: token('system/Patient.rs') } })
  await ehr.call('PUT', '/Patient/hana', { body: patient('hana') })
  for (let n = 0; n < 450; n++) await ehr.call('PUT', `/Observation/o${n}`, { body: { ...observation('hana', `${n}`), id: `o${n}` } })
})
afterAll(() => ehr.close())

const pathOf = (url: string | null): string => url!.slice(ehr.base.length)
async function exported(path: string, options: object = {}) {
  const begun = await ehr.call('GET', path, { ...ASYNC, ...options })
  const job = pathOf(begun.headers.get('content-location'))
  for (;;) {
    const answer = await ehr.call('GET', job, options)
    if (answer.status === 200) return { job, begun: begun.status, manifest: answer.body }
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([202, '1'])
    expect(answer.headers.get('x-progress')).toMatch(/^\d+ of \d+ resources$/)
  }
}
const fileOf = (url: string, headers: Record<string, string> = {}) => fetch(url, { headers: { authorization: 'Bearer all', ...headers } })

test('asynchronous, one file for each type, one resource a line, ended by its client', async () => {
  const { job, begun, manifest } = await exported('/$export')
  expect(begun).toBe(202)
  expect(manifest).toMatchObject({ transactionTime: '2026-04-01T00:00:00.000Z', requiresAccessToken: true, deleted: [], error: [] })
  expect(manifest.output.map(({ type }: { type: string }) => type).sort()).toEqual(['Observation', 'Patient'])
  const url = manifest.output.find(({ type }: { type: string }) => type === 'Observation').url
  const text = await (await fileOf(url)).text()
  expect(text.trimEnd().split('\n')).toHaveLength(450)
  const rest = await fileOf(url, { range: 'bytes=100-' })
  expect([rest.status, await rest.text()]).toEqual([206, text.slice(100)])
  expect((await ehr.call('GET', job, { token: 'other' })).status).toBe(404)
  expect((await ehr.call('DELETE', job)).status).toBe(202)
  expect([(await ehr.call('GET', job)).status, (await fileOf(url)).status]).toEqual([404, 404])
})

test('since, with what was deleted; only what the token may read', async () => {
  clock += 1000
  await ehr.call('PUT', '/Observation/o1', { body: { ...observation('hana', 'changed'), id: 'o1' } })
  await ehr.call('DELETE', '/Observation/o2')
  const { manifest } = await exported('/Patient/$export?_type=Observation&_since=2026-04-01T00:00:00Z')
  expect((await (await fileOf(manifest.output[0].url)).text()).trimEnd().split('\n')).toHaveLength(1)
  expect(JSON.parse(await (await fileOf(manifest.deleted[0].url)).text())).toMatchObject({
    type: 'transaction',
    entry: [{ request: { method: 'DELETE', url: 'Observation/o2' } }],
  })
  const { manifest: confined } = await exported('/$export', { token: 'patients' })
  expect(confined.output.map(({ type }: { type: string }) => type)).toEqual(['Patient'])
})

test.each([
  ['/$export', {}, 400],
  ['/$export?_type=Nonsense', ASYNC, 400],
  ['/$export?_typeFilter=x', ASYNC, 400],
  ['/$export?_since=yesterday', ASYNC, 400],
  ['/$export?_type=Observation', { ...ASYNC, token: 'patients' }, 403],
])('refused: %s %j', async (path, options, status) => {
  expect((await ehr.call('GET', path, options)).status).toBe(status)
})
