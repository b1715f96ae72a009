import type { Bundle, CapabilityStatement, Questionnaire } from 'fhir/r4.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DIALECTS, inDialect } from '../../src/publish/dialect.ts'
import { loadArtifacts } from '../../src/resources.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { issueOf, type ServiceServer, startService } from './service-server.ts'

let service: ServiceServer
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.close())

const get = (path: string) => service.call(`/fhir/${path}`, { token: 'user/*.rs;Practitioner/midwife' })
const epds = loadArtifacts().find((one): one is Questionnaire => one.resourceType === 'Questionnaire' && one.id === 'epds')!

describe.each(DIALECTS)('a Questionnaire in %s', (dialect) => {
  test('read by id', async () => expect((await get(`Questionnaire/epds?dialect=${dialect}`)).body).toEqual(inDialect(epds, dialect)))

  test('searched: as many, each in it', async () => {
    const bundle = (await get(`Questionnaire?dialect=${dialect}&version=1.0.0`)).body as Bundle<Questionnaire>
    expect(knowledge.check(bundle)).toEqual([])
    expect(bundle.total).toBe(5)
    expect(bundle.entry!.map(({ resource }) => resource!).find(({ id }) => id === 'epds')).toEqual(inDialect(epds, dialect))
  })
})

test.each(['Questionnaire/epds?dialect=hl7', 'Questionnaire?dialect=hl7', 'Questionnaire?dialect='])(
  '%s: told which there are',
  async (path) => {
    const answer = await get(path)
    expect([answer.status, issueOf(answer).code]).toEqual([400, 'code-invalid'])
    for (const dialect of DIALECTS) expect(issueOf(answer).diagnostics).toContain(dialect)
  },
)

test('two dialects at once, or one of another type, are not understood', async () => {
  for (const path of ['Questionnaire?dialect=plain&dialect=sdc3', 'ValueSet?dialect=plain']) expect((await get(path)).status).toBe(422)
})

test('the service says that it speaks them, of Questionnaires alone', async () => {
  const { rest } = (await get('metadata')).body as CapabilityStatement
  const speaking = rest![0]!.resource!.filter(({ searchParam }) => searchParam?.some(({ name }) => name === 'dialect'))
  expect(speaking.map(({ type }) => type)).toEqual(['Questionnaire'])
})
