import type { Parameters, ParametersParameter, QuestionnaireResponse } from 'fhir/r4.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { knowledge } from '../fixtures/knowledge.ts'
import { outsideAnswers, outsideForm } from '../fixtures/outside-forms.ts'
import { placesOf, TEXTLESS, withAt } from '../fixtures/places.ts'
import { response, weights } from '../fixtures/responses.ts'
import { CLINICIAN, EXTRACT, issueOf, SCORE, type ServiceServer, startService, summariesOf } from './service-server.ts'

let service: ServiceServer
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.close())

const POPULATE = '/fhir/Questionnaire/$populate'
const TOKEN = 'user/Questionnaire.rs;Practitioner/midwife'
const MIBS = 'https://w3id.org/kizuna/fhir/Questionnaire/mibs-j'

const subject = { name: 'subject', valueReference: { reference: 'Patient/mother' } }
const canonical = { name: 'canonical', valueUri: `${MIBS}|1.0.0` }
const context = (name: string, content: object, as = 'context') => ({
  name: as,
  part: [
    { name: 'name', valueString: name },
    { name: 'content', ...content },
  ],
})
const reference = (target: string) => ({ valueReference: { reference: target } })
const orderOf = (...parameter: object[]): Parameters => ({ resourceType: 'Parameters', parameter: parameter as ParametersParameter[] })
const populate = (body: unknown, path = POPULATE, token: string | undefined = TOKEN) => service.call(path, { body, token })
const partOf = ({ body }: { body: unknown }, name: string) => (body as Parameters).parameter?.find((one) => one.name === name)?.resource
const responseIn = (answer: { body: unknown }) => partOf(answer, 'response') as QuestionnaireResponse

describe('$populate begins a response', () => {
  test('with its own elements, and not one answer', async () => {
    const answer = await populate(
      orderOf(
        canonical,
        subject,
        context('encounter', reference('Encounter/visit')),
        context('user', reference('Practitioner/midwife')),
        context('infant', reference('RelatedPerson/infant'), 'launchContext'),
      ),
    )
    expect(answer.status).toBe(200)
    expect(responseIn(answer)).toEqual({
      resourceType: 'QuestionnaireResponse',
      language: 'en',
      extension: [
        { url: 'https://w3id.org/kizuna/fhir/StructureDefinition/infant', valueReference: { reference: 'RelatedPerson/infant' } },
      ],
      questionnaire: `${MIBS}|1.0.0`,
      status: 'in-progress',
      subject: { reference: 'Patient/mother' },
      encounter: { reference: 'Encounter/visit' },
      authored: '2026-04-01T00:00:00.000Z',
      author: { reference: 'Practitioner/midwife' },
    })
    expect(knowledge.check(responseIn(answer))).toEqual([])
    expect(partOf(answer, 'issues')).toMatchObject({
      issue: [{ diagnostics: expect.stringContaining('No item') }, { severity: 'warning' }],
    })
  })

  test.each([
    ['by its address', '/fhir/Questionnaire/mibs-j/$populate', orderOf(subject)],
    ['by reference', POPULATE, orderOf({ name: 'questionnaireRef', ...reference('Questionnaire/mibs-j') }, subject)],
    ['by canonical, without a version while there is one', POPULATE, orderOf({ name: 'canonical', valueUri: MIBS }, subject)],
    [
      'by a Questionnaire, which counts by its name',
      POPULATE,
      orderOf(
        { name: 'questionnaire', resource: { resourceType: 'Questionnaire', status: 'draft', url: MIBS, version: '1.0.0' } },
        subject,
      ),
    ],
  ])('%s', async (_name, path, body) => {
    expect(responseIn(await populate(body, path)).questionnaire).toBe(`${MIBS}|1.0.0`)
  })

  test('in her language, where the form is worded in it; contexts as resources', async () => {
    const mother = (code: string) => ({
      resource: {
        resourceType: 'Patient' as const,
        id: 'mother',
        communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code }] }, preferred: true }],
      },
    })
    expect(responseIn(await populate(orderOf(canonical, subject, context('patient', mother('ja-JP'))))).language).toBe('ja')
    expect(responseIn(await populate(orderOf(canonical, subject, context('patient', mother('de'))))).language).toBe('en')
    const encounter = { resource: { resourceType: 'Encounter' as const, id: 'e1', status: 'in-progress' as const, class: { code: 'AMB' } } }
    expect(responseIn(await populate(orderOf(canonical, subject, context('encounter', encounter)))).encounter).toEqual({
      reference: 'Encounter/e1',
    })
  })

  test('what is not used is said', async () => {
    const answer = await populate(
      orderOf(canonical, subject, context('study', reference('ResearchStudy/x')), { name: 'local', valueBoolean: true }),
    )
    expect(JSON.stringify(partOf(answer, 'issues'))).toContain('Not used: the context study')
    expect(JSON.stringify(partOf(answer, 'issues'))).toContain('holds nothing of anybody')
  })
})

describe('$populate refuses', () => {
  test.each([
    ['no subject', orderOf(canonical), 400, 'required'],
    ['no Questionnaire', orderOf(subject), 400, 'required'],
    ['two Questionnaires', orderOf(canonical, { name: 'questionnaireRef', ...reference('Questionnaire/epds') }, subject), 400, 'duplicate'],
    ['an unknown one', orderOf({ name: 'canonical', valueUri: `${MIBS}|9.0.0` }, subject), 404, 'not-found'],
    ['an unknown parameter', orderOf(canonical, subject, { name: 'answers', valueString: 'x' }), 400, 'structure'],
    ['a subject who is no Patient', orderOf(canonical, { name: 'subject', ...reference('Group/g') }), 400, 'value'],
    ['the infant as subject', orderOf(canonical, subject, context('infant', reference('Patient/mother'))), 400, 'value'],
    [
      'a context that is no valid R4',
      orderOf(canonical, subject, context('patient', { resource: { resourceType: 'Patient', communication: 'x' } })),
      400,
      'value',
    ],
    ['another body', { resourceType: 'Patient' }, 400, 'structure'],
  ])('%s', async (_name, body, status, code) => {
    const answer = await populate(body)
    expect([answer.status, issueOf(answer).code]).toEqual([status, code])
  })

  test.each([
    ['no token', undefined, 401],
    ['a token for something else', 'user/Observation.rs', 403],
  ])('%s', async (_name, token, status) => {
    expect((await service.call(POPULATE, { body: orderOf(canonical, subject), token })).status).toBe(status)
  })

  test('an id that is not there', async () => {
    expect((await populate(orderOf(subject), '/fhir/Questionnaire/none/$populate')).status).toBe(404)
  })
})

describe('a form of others comes with its definition', () => {
  const items = ['a', 'b']
  const form = outsideForm({ items, expression: '%resource.item.answer.value.ordinal().sum()' })
  const given = outsideAnswers(items, 'cd')
  test('$score', async () => {
    const order = orderOf({ name: 'response', resource: given }, { name: 'questionnaire', resource: form })
    expect(summariesOf(await service.call(SCORE, { body: order, token: CLINICIAN }))).toEqual([
      expect.objectContaining({ outcome: 'scored', instrument: 'generic', scores: { 'generic-total': { state: 'complete', value: 5 } } }),
    ])
    expect(summariesOf(await service.call(SCORE, { body: given, token: CLINICIAN }))[0]?.outcome).toBe('refused')
  })
  test('$extract', async () => {
    const order = orderOf({ name: 'questionnaire-response', resource: given }, { name: 'questionnaire', resource: form })
    expect((await service.call(EXTRACT, { body: order, token: CLINICIAN })).status).toBe(200)
    expect((await service.call(EXTRACT, { body: given, token: CLINICIAN })).status).toBe(422)
  })
})

describe('$extract keeps what is easily lost', () => {
  test('a score of 0 has its value, a skipped item a score without one; false stays; nothing is deleted', async () => {
    const extracted = async (body: unknown) =>
      partOf(await service.call(EXTRACT, { body, token: CLINICIAN }), 'return') as unknown as {
        entry: { resource: Record<string, unknown>; request: { method: string } }[]
      }
    const zero = await extracted(response('epds', weights('0000000000')))
    const half = await extracted(response('epds', weights('000000000_')))
    const total = ({ entry }: typeof zero) =>
      entry.map(({ resource }) => resource).find(({ code }) => JSON.stringify(code)?.includes('epds-total'))!
    expect(total(zero)).toMatchObject({ valueQuantity: { value: 0 } })
    expect(total(zero).extension).toContainEqual(expect.objectContaining({ valueBoolean: false }))
    expect(total(half)).toMatchObject({ dataAbsentReason: { coding: [{ code: 'unknown' }] } })
    expect(total(half)).not.toHaveProperty('valueQuantity')
    expect([...zero.entry, ...half.entry].map(({ request }) => request.method)).not.toContain('DELETE')
  })
})

test('what has no text, at every place of an order, is refused or not used, and no fault of ours', async () => {
  const order = orderOf(
    canonical,
    subject,
    context('encounter', reference('Encounter/visit')),
    context('patient', { resource: { resourceType: 'Patient', id: 'mother', communication: [{ language: { text: 'x' } }] } }),
  )
  for (const place of placesOf(order)) {
    for (const put of TEXTLESS) expect((await populate(withAt(order, place, put))).status, place.join('.')).not.toBe(500)
  }
})
