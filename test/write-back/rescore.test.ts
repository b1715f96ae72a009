import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import { AssessmentError, type IssueCode } from '../../src/errors.ts'
import { type Rescored, rescore } from '../../src/write-back/rescore.ts'
import { writeBack } from '../../src/write-back/write-back.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { epds } from '../fixtures/responses.ts'
import { startFhirServer } from '../sandbox/fhir/fhir-server.ts'

const WOMEN = ['anna', 'bea', 'cleo', 'dora']
let ehr: Awaited<ReturnType<typeof startFhirServer>>
let server: FhirServer

beforeAll(async () => {
  ehr = await startFhirServer({ check: knowledge.check })
  server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
  for (const [index, id] of WOMEN.entries()) {
    await server.update({ resourceType: 'Patient', id })
    const authored = `2026-03-0${index + 1}T10:00:00Z`
    const response = await server.update({ ...epds(10, { authored }), id, subject: { reference: `Patient/${id}` } })
    await writeBack({ server, knowledge, response, recording: { recorded: '2026-04-01T00:00:00Z' } })
  }
})
afterAll(() => ehr.close())

/** The server, except that it answers this when Bea's history is asked for. */
const failingAtBea = (code: IssueCode): FhirServer => ({
  ...server,
  searchAll: async (type, parameters) => {
    if (type === 'Observation' && parameters.subject === 'Patient/bea') throw new AssessmentError(code, `The FHIR server answered ${code}`)
    return server.searchAll(type, parameters)
  },
})

async function found(from: FhirServer, concurrency: number): Promise<{ rows: Rescored[]; error: unknown }> {
  const rows: Rescored[] = []
  try {
    for await (const one of rescore({ server: from, knowledge, which: {}, concurrency })) rows.push(one)
    return { rows, error: undefined }
  } catch (error) {
    return { rows, error }
  }
}

describe.each([1, 4])('%i at a time', (concurrency) => {
  test.each(['transient', 'throttled', 'login', 'expired'] as const)(
    '%s would befall all: the run ends before it, and none is passed over',
    async (code) => {
      const { rows, error } = await found(failingAtBea(code), concurrency)
      expect(rows.map(({ response }) => response)).toEqual(['QuestionnaireResponse/anna'])
      expect(error).toMatchObject({ code })
    },
  )

  test.each(['forbidden', 'processing', 'conflict'] as const)(
    '%s is of this one: it is told, and the others are looked at',
    async (code) => {
      const { rows, error } = await found(failingAtBea(code), concurrency)
      expect(error).toBeUndefined()
      expect(rows.map(({ change }) => change)).toEqual(['same', 'failed', 'same', 'same'])
      expect(rows[1]!.why).toEqual([`The FHIR server answered ${code}`])
    },
  )
})
