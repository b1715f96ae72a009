import type { Bundle, OperationOutcome, Parameters } from 'fhir/r4.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { AssessmentError } from '../../src/errors.ts'
import { buildTransaction, NOTHING_EXISTS } from '../../src/fhir/transaction.ts'
import type { Assessment } from '../../src/risk/assessment.ts'
import { brokenLines, corpus, goodText, textOf } from '../bulk/bad-input.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { epds, response } from '../fixtures/responses.ts'
import { CLINICIAN, EXTRACT, issueOf, NOW, partOf, SCORE, type ServiceServer, startService, summariesOf } from './service-server.ts'

let service: ServiceServer
const written: unknown[] = []

beforeAll(async () => {
  service = await startService({
    readResponse: async (id) => {
      if (id !== 'stored') throw new AssessmentError('not-found', 'The FHIR server answered 404')
      return { response: epds(9, { id }) }
    },
    writeResults: async (received) => {
      const result = assess(knowledge, received)
      if ((received as { id?: string }).id === 'unlucky') throw new AssessmentError('transient', 'The FHIR server gave no answer')
      written.push(received)
      return { result, references: ['Observation/one', 'RiskAssessment/two'] }
    },
  })
})
afterAll(() => service.close())

const score = (body: unknown, token = CLINICIAN) => service.call(SCORE, { body, token })
const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter })
const bundleFor = (received: unknown): Bundle =>
  buildTransaction(knowledge, assess(knowledge, received) as Assessment, NOTHING_EXISTS, { recorded: NOW.toISOString() })

describe('$score', () => {
  test('a response: its summary, its bundle, its issues; a valid resource', async () => {
    const answer = await score(epds(14))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain('application/fhir+json')
    expect(summariesOf(answer)).toMatchObject([{ line: 1, tier: 'priority', scores: { 'epds-total': { value: 14 } } }])
    expect(partOf(answer, 'bundle')).toEqual(bundleFor(epds(14)))
    expect((partOf(answer, 'issues') as OperationOutcome).issue).toHaveLength(1)
    expect(knowledge.check(answer.body)).toEqual([])
  })

  test.each(['return=minimal', 'handling=lenient, return="minimal"', 'Return=Minimal; x=1'])(
    '%s: summaries and issues, no bundle',
    async (prefer) => {
      const whole = await score(epds(14))
      const answer = await service.call(SCORE, { body: epds(14), token: CLINICIAN, prefer })
      expect(answer.headers.get('preference-applied')).toBe('return=minimal')
      expect(summariesOf(answer)).toEqual(summariesOf(whole))
      expect((answer.body as Parameters).parameter![0]!.part!.map(({ name }) => name)).toEqual(['summary', 'issues'])
      expect(knowledge.check(answer.body)).toEqual([])
    },
  )

  test.each(['return=representation', 'noreturn=minimal', 'return=minimalist'])('%s is no wish for less', async (prefer) => {
    const answer = await service.call(SCORE, { body: epds(14), token: CLINICIAN, prefer })
    expect(answer.headers.get('preference-applied')).toBeNull()
    expect(partOf(answer, 'bundle')).toEqual(bundleFor(epds(14)))
  })

  test('a Bundle: every response of it, by its entry; a broken entry is refused inside', async () => {
    const entry = [{ resource: epds(1, { id: 'a' }) }, { resource: { resourceType: 'Patient' } }, null, { resource: epds(2, { id: 'b' }) }]
    const answer = await score({ resourceType: 'Bundle', type: 'collection', entry })
    expect(answer.status).toBe(200)
    expect(summariesOf(answer).map(({ line, id, outcome }) => [line, id, outcome])).toEqual([
      [1, 'a', 'scored'],
      [3, null, 'refused'],
      [4, 'b', 'scored'],
    ])
    expect(partOf(answer, 'bundle', 1)).toBeUndefined()
    expect((partOf(answer, 'issues', 1) as OperationOutcome).issue[0]).toMatchObject({ code: 'structure', expression: ['Bundle.entry[2]'] })
  })

  test('Parameters: responses in order, judged with the history', async () => {
    const infant = { resourceType: 'Patient', id: 'baby', birthDate: '2026-03-01' }
    const mibs = response('mibs-j', [3, 3, 0, 0, 0, 0, 0, 0, 0, 0])
    const without = await score(parameters({ name: 'response', resource: mibs }))
    const answer = await score(
      parameters({ name: 'history', resource: infant }, { name: 'response', resource: mibs }, { name: 'response', resource: epds(1) }),
    )
    const fired = (index: number) =>
      summariesOf(answer)
        [index]!.rules.filter((rule) => rule.fired)
        .map(({ id }) => id)
    expect(summariesOf(answer).map(({ line, instrument }) => [line, instrument])).toEqual([
      [1, 'mibs-j'],
      [2, 'epds'],
    ])
    expect(fired(0)).toContain('B3')
    expect(summariesOf(without)[0]!.rules.find(({ id }) => id === 'B3')!.fired).toBe(false)
  })

  test('history that is no valid R4 is passed over, and that is said', async () => {
    const answer = await score(
      parameters({ name: 'response', resource: epds(1) }, { name: 'history', resource: { resourceType: 'Observation' } }),
    )
    expect(summariesOf(answer)[0]!.issues.at(-1)).toMatchObject({ severity: 'warning', expression: 'Parameters.parameter[1].resource' })
  })

  /** In a Bundle a resource that is no response is passed over, and one without a type is a broken entry. */
  const inBundle = corpus.cases.filter(({ name, pad = 0 }) => pad < 2e6 && !name.includes('type of resource'))
  test.each(inBundle.map((one) => [one.name, one] as const))('refused inside, safety read: %s', async (_name, one) => {
    const { code, expression, outcome = 'refused', severity = 'error' } = one.expect
    const answer = await score(
      `{"resourceType":"Bundle","type":"collection","entry":[{"resource":${textOf(one, true)}},{"resource":${goodText}}]}`,
    )
    const [bad, good] = summariesOf(answer)
    expect([answer.status, good?.line, good?.outcome]).toEqual([200, 2, 'scored'])
    expect(bad).toMatchObject({ line: 1, outcome, tier: 'immediate' })
    expect(bad?.issues.filter((issue) => issue.severity === severity)[0]).toMatchObject({ code, expression })
  })
})

describe('a body that cannot be used', () => {
  test.each([
    ...brokenLines
      .filter(({ name }) => !['a number', 'null', 'a list'].includes(name))
      .map(({ name, bytes }) => ({ name, body: bytes as unknown, code: 'structure' })),
    { name: 'a number', body: '7', code: 'structure' },
    { name: 'null', body: 'null', code: 'structure' },
    { name: 'a list', body: '[]', code: 'structure' },
    { name: 'nothing', body: '', code: 'structure' },
    { name: 'another resource', body: { resourceType: 'Patient' }, code: 'structure' },
    { name: 'nothing to score', body: { resourceType: 'Bundle', type: 'collection' }, code: 'required' },
    { name: 'Parameters without a response', body: parameters(), code: 'required' },
    { name: 'an unknown parameter', body: parameters({ name: 'respnse', resource: epds(1) }), code: 'structure' },
    {
      name: 'writeBack that is no boolean',
      body: parameters({ name: 'response', resource: epds(1) }, { name: 'writeBack', valueString: 'yes' }),
      code: 'value',
    },
  ])('$name: 400 $code', async ({ body, code }) => {
    const answer = await score(body)
    expect([answer.status, issueOf(answer).code]).toEqual([400, code])
    expect(knowledge.check(answer.body)).toEqual([])
  })

  test('20 MB: 413', async () => {
    const answer = await score(textOf({ name: '', pad: 20_000_000, expect: { code: '' } }))
    expect([answer.status, issueOf(answer).code]).toEqual([413, 'too-long'])
  })

  test('another content type: 415', async () => {
    const answer = await service.call(SCORE, { body: 'x', type: 'text/plain', token: CLINICIAN })
    expect([answer.status, issueOf(answer).code]).toEqual([415, 'not-supported'])
  })

  test('nothing of the body is told back or logged', async () => {
    const answer = await score('{"secret answer"')
    expect(answer.text + JSON.stringify(service.events)).not.toContain('secret')
  })
})

describe('writeBack', () => {
  const order = (...ids: string[]) =>
    parameters(...ids.map((id) => ({ name: 'response', resource: epds(1, { id }) })), { name: 'writeBack', valueBoolean: true })

  test('what is written is named; a write that fails is said of its response alone', async () => {
    const answer = await score(order('one', 'unlucky', 'two'))
    const references = ((answer.body as Parameters).parameter ?? []).map(({ part }) =>
      part!.flatMap(({ valueReference }) => valueReference?.reference ?? []),
    )
    expect(references).toEqual([['Observation/one', 'RiskAssessment/two'], [], ['Observation/one', 'RiskAssessment/two']])
    expect(summariesOf(answer)[1]!.issues.at(-1)).toMatchObject({ severity: 'error', code: 'transient' })
    expect(written).toHaveLength(2)
  })

  test('a refused response writes nothing', async () => {
    written.length = 0
    await score(parameters({ name: 'response', resource: { ...epds(1), status: 'final' } }, { name: 'writeBack', valueBoolean: true }))
    expect(written).toEqual([])
  })

  test('not asked for: nothing is written', async () => {
    written.length = 0
    await score(parameters({ name: 'response', resource: epds(1) }, { name: 'writeBack', valueBoolean: false }))
    expect(written).toEqual([])
  })

  test('a service without a server says so', async () => {
    const alone = await startService()
    const answer = await alone.call(SCORE, { body: order('one'), token: CLINICIAN })
    alone.close()
    expect([answer.status, issueOf(answer).code]).toEqual([422, 'not-supported'])
  })
})

describe('$extract', () => {
  const extract = (body: unknown) => service.call(EXTRACT, { body, token: CLINICIAN })
  const returned = ({ body }: { body: unknown }) => (body as Parameters).parameter?.find(({ name }) => name === 'return')?.resource

  test.each([
    { name: 'the response itself', body: epds(9) },
    { name: 'Parameters', body: parameters({ name: 'questionnaire-response', resource: epds(9) }) },
  ])('$name: the bundle of $score', async ({ body }) => {
    const answer = await extract(body)
    expect(answer.status).toBe(200)
    expect(returned(answer)).toEqual(partOf(await score(epds(9)), 'bundle'))
    expect(knowledge.check(answer.body)).toEqual([])
  })

  test('a stored one, by its id', async () => {
    const answer = await service.call('/fhir/QuestionnaireResponse/stored/$extract', { method: 'POST', token: CLINICIAN })
    expect(returned(answer)).toEqual(bundleFor(epds(9, { id: 'stored' })))
    const none = await service.call('/fhir/QuestionnaireResponse/none/$extract', { method: 'POST', token: CLINICIAN })
    expect([none.status, issueOf(none).code]).toEqual([404, 'not-found'])
  })

  test('refused: the status of the first error, safety first', async () => {
    const answer = await extract(textOf(corpus.cases.find(({ name }) => name === 'wrong version')!, true))
    expect([answer.status, issueOf(answer).code]).toEqual([422, 'business-rule'])
  })
})
