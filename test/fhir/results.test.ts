import type { Observation, Provenance, QuestionnaireResponse, RiskAssessment } from 'fhir/r4.js'
import { v5 } from 'uuid'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { buildResources } from '../../src/fhir/transaction.ts'
import type { Assessment } from '../../src/risk/assessment.ts'
import type { Site } from '../../src/risk/knowledge.ts'
import type { History } from '../../src/trajectory/history.ts'
import { knowledge, withSite } from '../fixtures/knowledge.ts'
import { earlier, epds, infant, response, summing, weights } from '../fixtures/responses.ts'

const BASE = 'https://w3id.org/kizuna/fhir'
const RECORDING = { recorded: '2026-04-01T00:00:00Z' }

const resourcesOf = (given: QuestionnaireResponse, history: History = [], site: Partial<Site> = {}) =>
  buildResources(withSite(site), assess(withSite(site), given, history) as Assessment, RECORDING)

const scoreIn = (resources: ReturnType<typeof resourcesOf>, code: string) =>
  resources.find((one): one is Observation => one.resourceType === 'Observation' && one.code.coding?.[0]?.code === code)!
const riskIn = (resources: ReturnType<typeof resourcesOf>) =>
  resources.find((one): one is RiskAssessment => one.resourceType === 'RiskAssessment')!

describe('identity', () => {
  const NAMESPACE = v5(BASE, v5.URL)
  test.each([
    { name: 'identifier, when it has system and value', more: { identifier: { system: 'urn:x', value: '7' } }, identity: 'urn:x|7' },
    { name: 'else the id', more: {}, identity: 'QuestionnaireResponse/response-1' },
    { name: 'an identifier without system is none', more: { identifier: { value: '7' } }, identity: 'QuestionnaireResponse/response-1' },
  ])('$name', ({ more, identity }) => {
    const total = scoreIn(resourcesOf(epds(5, more)), 'epds-total')
    const value = `${v5(identity, NAMESPACE)}.epds-total`
    expect(total.identifier).toEqual([{ system: `${BASE}/sid/result`, value }])
    expect(total.id).toBe(v5(value, NAMESPACE))
  })

  test('neither: scored, but nothing can be built', () => {
    const { id: _id, ...anonymous } = epds(5)
    const result = assess(knowledge, anonymous)
    expect(result.outcome).toBe('scored')
    expect(result.issues).toContainEqual(expect.objectContaining({ severity: 'warning', code: 'required' }))
    expect(() => buildResources(knowledge, result as Assessment, RECORDING)).toThrow(expect.objectContaining({ code: 'required' }))
  })

  test('answers have no part in it', () => {
    const names = (total: number) => resourcesOf(epds(total)).map(({ id }) => id)
    expect(names(5)).toEqual(names(20))
  })
})

test('a score Observation, to the letter', () => {
  const given = epds(12, {
    language: 'en',
    encounter: { reference: 'Encounter/visit' },
    extension: [{ url: `${BASE}/StructureDefinition/infant`, valueReference: { reference: 'Patient/infant' } }],
  })
  const history = [infant('2026-03-01'), earlier('epds-total', 5, '2026-01-01'), earlier('epds-total', 6, '2026-02-01')]
  const { id, ...total } = scoreIn(resourcesOf(given, history), 'epds-total')
  const score = (value: number) => ({ value, unit: 'score', system: 'http://unitsofmeasure.org', code: '{score}' })
  const component = (code: string, value: number) =>
    expect.objectContaining({
      code: { coding: [expect.objectContaining({ system: `${BASE}/CodeSystem/score`, code })] },
      valueQuantity: score(value),
    })
  expect(id).toMatch(/^[0-9a-f-]{36}$/)
  expect(total).toEqual({
    resourceType: 'Observation',
    meta: {
      profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-screening-assessment'],
      tag: [{ system: `${BASE}/CodeSystem/text-status`, code: 'caption' }],
    },
    extension: [
      { url: `${BASE}/StructureDefinition/infant`, valueReference: { reference: 'Patient/infant' } },
      { url: `${BASE}/StructureDefinition/response-language`, valueCode: 'en' },
      { url: `${BASE}/StructureDefinition/proxy`, valueBoolean: false },
    ],
    identifier: [{ system: `${BASE}/sid/result`, value: expect.stringMatching(/^[0-9a-f-]{36}\.epds-total$/) }],
    status: 'final',
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'survey', display: 'Survey' }] }],
    code: {
      coding: [
        { system: `${BASE}/CodeSystem/score`, code: 'epds-total', display: 'EPDS total' },
        { system: 'http://loinc.org', code: '99046-5' },
      ],
      text: 'EPDS total',
    },
    subject: { reference: 'Patient/synthetic' },
    encounter: { reference: 'Encounter/visit' },
    effectiveDateTime: '2026-03-31T10:00:00+09:00',
    issued: '2026-03-31T10:00:00+09:00',
    method: { coding: [{ system: `${BASE}/CodeSystem/method`, version: '1.0.0', code: 'epds', display: 'EPDS 1.0.0' }] },
    device: {
      type: 'Device',
      identifier: { system: `${BASE}/sid/software`, value: 'kizuna' },
      display: `Kizuna ${knowledge.softwareVersion}`,
    },
    derivedFrom: [{ reference: 'QuestionnaireResponse/response-1' }],
    valueQuantity: score(12),
    interpretation: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: 'POS', display: 'Positive' }] },
    ],
    referenceRange: [{ high: score(10), text: 'below 11 (levis11): Levis 2020, BMJ 371:m4022' }],
    component: [component('baseline-mean', 5.5), component('change', 6), component('deviation', 6.5)],
  })
})

describe('where a score may be read against a cut-off', () => {
  const onDay30 = { authored: '2026-03-31T10:00:00+09:00' }
  const born = [infant('2026-03-01')]
  const mibs = response('mibs-j', summing(5, 10, 1), onDay30)
  test.each([
    { name: 'EPDS at the threshold', given: epds(11), code: 'epds-total', reads: 'POS', high: 10 },
    { name: 'EPDS below it', given: epds(10), code: 'epds-total', reads: 'NEG', high: 10 },
    { name: 'EPDS, bounds around it', given: response('epds', weights('3330_00000')), code: 'epds-total', reads: 'IND', high: 10 },
    { name: 'EPDS, site policy', given: epds(12), site: { thresholdPolicy: 'cox13' as const }, code: 'epds-total', reads: 'NEG', high: 12 },
    { name: 'EPDS-3A: contested, none', given: epds(11), code: 'epds-3a' },
    { name: 'MIBS-J at one month', given: mibs, history: born, code: 'mibs-j-total', reads: 'POS', high: 4 },
    { name: 'MIBS-J, birth unknown: none', given: mibs, code: 'mibs-j-total' },
    {
      name: 'MIBS-J, another day: none',
      given: response('mibs-j', summing(5, 10, 1), { authored: '2026-05-31T10:00:00Z' }),
      history: born,
      code: 'mibs-j-total',
    },
    { name: 'MIBS-J anger and rejection: none', given: mibs, history: born, code: 'mibs-j-ar' },
    {
      name: 'PBQ risk of harm: none',
      given: response(
        'pbq',
        Array.from({ length: 25 }, () => 0),
      ),
      code: 'pbq-f4',
    },
    { name: 'PHQ-9', given: response('phq-9', weights('333100000')), code: 'phq-9-total', reads: 'POS', high: 9 },
    { name: 'a proxy: none', given: epds(20, { source: { reference: 'RelatedPerson/father' } }), code: 'epds-total' },
  ])('$name', ({ given, history = [], site = {}, code, reads, high }) => {
    const score = scoreIn(resourcesOf(given, history, site), code)
    expect(score.interpretation?.[0]?.coding?.[0]?.code).toBe(reads)
    expect(score.referenceRange?.[0]?.high?.value).toBe(high)
  })
})

test('an incomplete score has bounds and no number', () => {
  const total = scoreIn(resourcesOf(response('epds', weights('3330_00000'))), 'epds-total')
  expect(total.valueQuantity).toBeUndefined()
  expect(total.dataAbsentReason?.coding?.[0]?.code).toBe('unknown')
  expect(total.component?.map(({ code, valueQuantity }) => [code.coding?.[0]?.code, valueQuantity?.value])).toEqual([
    ['lower', 9],
    ['upper', 12],
  ])
})

test('the panel has members and no value; LOINC names the panel, never the total', () => {
  const resources = resourcesOf(epds(5))
  const panel = scoreIn(resources, 'epds-panel')
  expect(panel.code.coding?.map(({ code }) => code)).toEqual(['epds-panel', '71354-5'])
  expect(panel.hasMember).toEqual(['epds-total', 'epds-3a'].map((code) => ({ reference: `Observation/${scoreIn(resources, code).id}` })))
  expect(panel).not.toHaveProperty('valueQuantity')
  expect(panel).not.toHaveProperty('dataAbsentReason')
})

describe('RiskAssessment', () => {
  test('basis, predictions, rationale and mitigation', () => {
    const resources = resourcesOf(response('epds', weights('3333000001')), [earlier('epds-total', 3, '2026-02-01')])
    const risk = riskIn(resources)
    expect(risk.method?.coding?.[0]).toMatchObject({ system: `${BASE}/CodeSystem/method`, code: 'perinatal', version: '1.0.0' })
    expect(risk.basis).toEqual([
      { reference: 'QuestionnaireResponse/response-1' },
      { reference: `Observation/${scoreIn(resources, 'epds-total').id}` },
      { reference: `Observation/${scoreIn(resources, 'epds-3a').id}` },
      { reference: 'Observation/epds-total-2026-02-01' },
    ])
    expect(
      risk.prediction?.map(({ outcome, qualitativeRisk }) => [outcome?.coding?.[0]?.code, qualitativeRisk?.coding?.[0]?.code]),
    ).toEqual([
      ['self-harm', 'immediate'],
      ['perinatal-depression', 'priority'],
    ])
    const [selfHarm, depression] = risk.prediction!
    expect(selfHarm!.rationale).toContain('ACOG')
    for (const text of ['D1', 'epds-total 13 ≥ 13', 'Cox 1987', 'D2', 'levis11', 'C1', 'Matthey 2004'])
      expect(depression!.rationale).toContain(text)
    expect(risk.mitigation).toContain('30 minutes')
    expect(risk.prediction!.some((prediction) => 'probabilityDecimal' in prediction || 'probabilityRange' in prediction)).toBe(false)
    expect(risk.note?.[0]?.text).toContain('psychosis')
  })

  test.each([
    { name: 'levis11', given: epds(3), site: {}, text: 'Threshold in use: levis11 (≥ 11, Levis 2020, BMJ 371:m4022).' },
    { name: 'jp9', given: epds(3, { language: 'ja' }), site: {}, text: 'Threshold in use: jp9 (≥ 9, Okano 1996 (Japanese version)).' },
    { name: "the site's", given: epds(3), site: { thresholdPolicy: 'cox13' as const }, text: 'Threshold in use: cox13 (≥ 13' },
  ])('the threshold in use is always named: $name', ({ given, site, text }) => {
    expect(riskIn(resourcesOf(given, [], site)).prediction?.[0]?.rationale).toContain(text)
  })

  test('a zero clears nothing: no self-harm prediction unless fired or open', () => {
    expect(riskIn(resourcesOf(epds(5))).prediction?.map(({ outcome }) => outcome?.coding?.[0]?.code)).toEqual(['perinatal-depression'])
  })

  test('no prediction where only notes fired', () => {
    const risk = riskIn(
      resourcesOf({
        ...response('infant-temperament', []),
        item: [
          {
            linkId: 'infant-temperament-1',
            answer: [{ valueCoding: { system: `${BASE}/CodeSystem/answer-infant-temperament`, code: 'infant-temperament-e' } }],
          },
        ],
      }),
    )
    expect(risk.prediction).toBeUndefined()
    expect(risk.note?.map(({ text }) => text).join()).toContain('V2')
  })

  test('in Japanese where the site writes Japanese', () => {
    const risk = riskIn(resourcesOf(epds(13), [], { language: 'ja' }))
    expect(risk.mitigation).toContain('2就業日以内')
    expect(risk.prediction?.[0]?.rationale).toContain('出典')
  })
})

test('Provenance names what, from what, by which software and by which rules', () => {
  const provenance = resourcesOf(epds(5)).at(-1)!
  expect(provenance).toMatchObject({
    resourceType: 'Provenance',
    meta: { tag: [{ system: `${BASE}/sid/result`, code: expect.stringMatching(/\.provenance-1$/) }] },
    recorded: RECORDING.recorded,
    policy: [`${BASE}/Library/perinatal|1.0.0`, `urn:sha256:${knowledge.ruleSetHash}`],
    agent: [{ who: { identifier: { system: `${BASE}/sid/software`, value: 'kizuna' } } }],
    entity: [{ role: 'source', what: { reference: 'QuestionnaireResponse/response-1' } }],
  })
  expect(provenance).toHaveProperty('target.length', 4)
})

test.each([
  ['Practitioner/midwife', { reference: 'Practitioner/midwife' }],
  ['PractitionerRole/ward', { reference: 'PractitionerRole/ward' }],
  ['Patient/synthetic', undefined],
])('a response whose author is %s: on whose behalf', (reference, onBehalfOf) => {
  const provenance = resourcesOf(epds(5, { author: { reference } })).at(-1) as Provenance
  expect(provenance.agent[0]!.onBehalfOf).toEqual(onBehalfOf)
})

test('a temperament report gets no panel and no score', () => {
  const types = resourcesOf(response('infant-temperament', [])).map(({ resourceType }) => resourceType)
  expect(types).toEqual(['RiskAssessment', 'Provenance'])
})

test('authored by the month only: no US Core profile, no issued', () => {
  const total = scoreIn(resourcesOf(epds(5, { authored: '2026-03' })), 'epds-total')
  expect(total.meta?.profile).toBeUndefined()
  expect(total).not.toHaveProperty('issued')
})

test('the JP Core category where the site asks for it', () => {
  const total = scoreIn(resourcesOf(epds(5), [], { jpCore: true }), 'epds-total')
  expect(total.category?.map(({ coding }) => coding?.[0]?.system)).toContain(
    'http://jpfhir.jp/fhir/core/CodeSystem/JP_SimpleObservationCategory_CS',
  )
})
