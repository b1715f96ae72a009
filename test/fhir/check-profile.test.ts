import type { Bundle, FhirResource, Observation, Provenance, QuestionnaireResponse, RiskAssessment, StructureDefinition } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { bundleOf, resourcesOf } from '../../src/emit.ts'
import { createConformanceCheck } from '../../src/fhir/check-conformance.ts'
import { createProfileCheck } from '../../src/fhir/check-profile.ts'
import { BASE, weightRangeOf } from '../../src/instrument/instrument.ts'
import { loadArtifacts } from '../../src/resources.ts'
import { knowledge, withSite } from '../fixtures/knowledge.ts'
import { earlier, epds, infant, response } from '../fixtures/responses.ts'
import { broken } from '../publish/conformance.ts'

const profiles = loadArtifacts().filter((one): one is StructureDefinition => one.resourceType === 'StructureDefinition')
const profile = (id: string): StructureDefinition => profiles.find((one) => one.id === id)!
const check = createConformanceCheck(knowledge, profiles)
const recording = { recorded: '2026-04-01T00:00:00Z', onBehalfOf: { reference: 'Practitioner/1' } }
const twin = { extension: [{ url: `${BASE}/StructureDefinition/infant`, valueReference: { reference: 'Patient/infant' } }] }

const responses = ['epds', 'mibs-j', 'pbq', 'phq-9', 'infant-temperament'].flatMap((id) => {
  const items = knowledge.instruments.find((one) => one.id === id)!.items
  const highest = items.map(({ options }) => weightRangeOf({ linkId: '', options })?.[1])
  return [
    response(id, highest, { id: `${id}-ja`, language: 'ja', ...twin }),
    response(id, highest.slice(0, 7), { id: `${id}-incomplete`, encounter: { reference: 'Encounter/1' } }),
    response(id, [], { id: `${id}-proxy`, source: { reference: 'Practitioner/1' } }),
    response(id, highest, { id: `${id}-retracted`, status: 'entered-in-error' }),
    response(id, highest, { id: `${id}-to-the-year`, authored: '2026', status: 'in-progress' }),
  ]
})
const history = [earlier('epds-total', 3, '2026-01-01T10:00:00+09:00'), earlier('epds-total', 5, '2026-02-01T10:00:00+09:00')]
const results = [knowledge, withSite({ jpCore: true })].flatMap((known) =>
  responses.map((one) => ({ known, result: assess(known, one, [...history, infant('2026-03-01')]) })),
)
const written: FhirResource[] = results.flatMap(({ known, result }) => resourcesOf(known, result, recording))

const find = <Resource extends FhirResource>(type: Resource['resourceType'], of: (resource: Resource) => boolean = () => true): Resource =>
  structuredClone(written.find((one): one is Resource => one.resourceType === type && of(one as Resource))!)
const score = (): Observation => find<Observation>('Observation', (one) => one.valueQuantity !== undefined)
const incomplete = (): Observation => find<Observation>('Observation', (one) => one.dataAbsentReason !== undefined)
const panel = (): Observation => find<Observation>('Observation', (one) => one.hasMember !== undefined)
const risk = (): RiskAssessment => find<RiskAssessment>('RiskAssessment', (one) => one.prediction !== undefined)
const provenance = (): Provenance => find<Provenance>('Provenance')
const form = (): QuestionnaireResponse => epds(8)

const said = (resource: unknown): string[] => check(resource).issues.map(({ code, expression }) => `${code} ${expression}`)

/** Spoils a copy; what is removed is a property, so that an absent one is no fault of the row. */
const without =
  (...names: string[]) =>
  (resource: object): void => {
    for (const name of names) {
      expect(resource).toHaveProperty(name)
      delete (resource as Record<string, unknown>)[name]
    }
  }

describe('what is written', () => {
  test('is there in every kind', () => {
    expect(Object.keys(Object.groupBy(written, ({ resourceType }) => resourceType)).sort()).toEqual([
      'Observation',
      'Provenance',
      'RiskAssessment',
    ])
    expect(written.some((one) => (one as Observation).component?.some(({ code }) => code.coding?.[0]?.code === 'deviation'))).toBe(true)
  })

  test.each(responses.map((one) => [one.id!, one] as const))('%s: the response is valid', (_, one) => {
    expect(check(one)).toEqual({ against: [one.questionnaire!.slice(BASE.length + 1)], issues: [] })
  })

  test('each resource, held against its own profile', () => {
    for (const one of written) expect([one.id, check(one)]).toEqual([one.id, { against: [expect.stringMatching(/^[a-z-]+$/)], issues: [] }])
  })

  test('each transaction', () => {
    for (const { known, result } of results) {
      const bundle = bundleOf(known, result, recording) as Bundle
      expect(check(bundle)).toEqual({ against: expect.arrayContaining(['result-provenance']), issues: [] })
    }
  })

  test('a refusal has no profile', () => {
    const refused = resourcesOf(knowledge, assess(knowledge, { ...epds(3), questionnaire: 'https://example.org/q' }, []), recording)
    expect(refused.map(check)).toEqual([{ against: [], issues: [] }])
  })
})

/** Only the ways a profile, not R4, is broken: these are put to the judge of the published profiles as well. */
const SPOILT: readonly [string, () => FhirResource, (resource: never) => void, ...string[]][] = [
  ['score without method', score, without('method'), 'required Observation.method'],
  ['score without derivedFrom', score, without('derivedFrom'), 'required Observation.derivedFrom'],
  ['score without subject', score, without('subject'), 'required Observation.subject'],
  ['score without category', score, without('category'), 'required Observation.category'],
  ['score without device', score, without('device'), 'required Observation.device'],
  ['score without identifier', score, without('identifier'), 'required Observation.identifier'],
  ['score without a code of ours', score, (one: Observation) => (one.code = { text: 'score' }), 'value Observation.code'],
  ['score without time', score, without('effectiveDateTime', 'issued'), 'required Observation.effective'],
  ['score over a period', score, (one: Observation) => period(one), 'structure Observation.effective'],
  [
    'score of another category',
    score,
    (one: Observation) => (one.category = [{ coding: [{ code: 'survey' }] }]),
    'required Observation.category',
  ],
  ['score that is an integer', score, (one: Observation) => integer(one), 'structure Observation.value'],
  [
    'score in another unit',
    score,
    (one: Observation) => (one.valueQuantity = { value: 3, system: 'http://unitsofmeasure.org', code: 'mg' }),
    'value Observation.value',
  ],
  ['score without number or reason', score, without('valueQuantity'), 'invariant Observation'],
  ['incomplete score with one bound', incomplete, (one: Observation) => one.component!.pop(), 'invariant Observation'],
  [
    'component without a number',
    incomplete,
    (one: Observation) => delete one.component![1]!.valueQuantity,
    'required Observation.component[1].value',
  ],
  [
    'component of a code of others',
    incomplete,
    (one: Observation) => (one.component![0]!.code = { text: 'lower' }),
    'value Observation.component[0].code',
  ],
  [
    'score with a performer',
    score,
    (one: Observation) => (one.performer = [{ reference: 'Patient/1' }]),
    'structure Observation.performer[0]',
  ],
  [
    'score with members',
    score,
    (one: Observation) => (one.hasMember = [{ reference: 'Observation/1' }]),
    'structure Observation.hasMember[0]',
  ],
  [
    'score of two responses',
    score,
    (one: Observation) => one.derivedFrom!.push({ reference: 'QuestionnaireResponse/2' }),
    'structure Observation.derivedFrom[1]',
  ],
  [
    'score with two of our identifiers',
    score,
    (one: Observation) => one.identifier!.push(one.identifier![0]!),
    'structure Observation.identifier[1]',
  ],
  ['score that does not say who answered', score, (one: Observation) => one.extension!.pop(), 'required Observation.extension'],
  ['panel without members', panel, without('hasMember'), 'required Observation.hasMember'],
  ['panel with a reason', panel, (one: Observation) => (one.dataAbsentReason = { text: 'none' }), 'structure Observation.dataAbsentReason'],
  ['risk without method', risk, without('method'), 'required RiskAssessment.method'],
  ['risk without basis', risk, without('basis'), 'required RiskAssessment.basis'],
  ['risk without time', risk, without('occurrenceDateTime'), 'required RiskAssessment.occurrence'],
  [
    'prediction without rationale',
    risk,
    (one: RiskAssessment) => delete one.prediction![0]!.rationale,
    'required RiskAssessment.prediction[0].rationale',
  ],
  [
    'prediction with another tier',
    risk,
    (one: RiskAssessment) => (one.prediction![0]!.qualitativeRisk = { text: 'high' }),
    'value RiskAssessment.prediction[0].qualitativeRisk',
  ],
  ['provenance without policy', provenance, without('policy'), 'required Provenance.policy'],
  ['provenance with half of it', provenance, (one: Provenance) => one.policy!.pop(), 'required Provenance.policy'],
  ['provenance of a revision', provenance, (one: Provenance) => (one.entity![0]!.role = 'revision'), 'value Provenance.entity[0].role'],
]

function period(one: Observation): void {
  delete one.effectiveDateTime
  one.effectivePeriod = { start: '2026-03-31' }
}
function integer(one: Observation): void {
  delete one.valueQuantity
  one.valueInteger = 3
}

const spoilt = (make: () => FhirResource, spoil: (resource: never) => void): FhirResource => {
  const resource = make()
  spoil(resource as never)
  return resource
}

describe('a result that departs from its profile', () => {
  test.each(SPOILT)('%s', (_, make, spoil, ...expected) => {
    const resource = spoilt(make, spoil)
    expect(said(make())).toEqual([])
    expect(said(resource)).toEqual(expected)
    expect(knowledge.check(resource)).toEqual([])
  })

  test.each(SPOILT)('%s: so says the independent judge', (_, make, spoil) => {
    const resource = spoilt(make, spoil)
    const [id] = check(make()).against
    expect(broken(profile(id!), resource)).not.toEqual([])
    expect(createProfileCheck(profile(id!), profiles)(resource, resource.resourceType)).not.toEqual([])
  })

  test('and so of all that conforms', () => {
    for (const one of written) {
      for (const definition of profiles.filter(({ type }) => type === one.resourceType)) {
        const ours = createProfileCheck(definition, profiles)(one, one.resourceType)
        expect([one.id, definition.id, ours.length === 0]).toEqual([one.id, definition.id, broken(definition, one).length === 0])
      }
    }
  })

  test('nothing but identifier: every element that is due is named, and the profile, no value', () => {
    const { identifier } = score()
    const { issues } = check({ resourceType: 'Observation', status: 'final', code: { text: 'secret' }, identifier, valueString: 'secret' })
    expect(issues.map(({ expression }) => expression)).toEqual([
      'Observation.extension',
      'Observation.category',
      'Observation.code',
      'Observation.subject',
      'Observation.effective',
      'Observation.value',
      'Observation.method',
      'Observation.device',
      'Observation.derivedFrom',
    ])
    for (const { diagnostics } of issues) expect(diagnostics).toMatch(/^score-observation: Observation\./)
    expect(JSON.stringify(issues)).not.toContain('secret')
  })

  test.each<[string, Partial<Observation>, string]>([
    ['a subject who is no Patient', { subject: { reference: 'Group/1' } }, 'value Observation.subject.reference'],
    ['derived from no response', { derivedFrom: [{ reference: 'Observation/1' }] }, 'value Observation.derivedFrom[0].reference'],
    [
      'an extension of ours that is not as defined',
      { extension: [{ url: `${BASE}/StructureDefinition/proxy`, valueString: 'no' }] },
      'structure Observation.extension[0].value',
    ],
  ])('further than the judge: %s', (_, change, expected) => expect(said({ ...score(), ...change })).toEqual([expected]))

  test('in a transaction references are urn:uuid, and a primitive may be only its extensions', () => {
    const urn = 'urn:uuid:0b7a3b0e-0d3a-5c0e-8a0e-000000000000'
    expect(said({ ...score(), subject: { reference: urn }, derivedFrom: [{ reference: urn }] })).toEqual([])
    const unknown = { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }] }
    const { effectiveDateTime: _, ...rest } = score()
    expect(said({ ...rest, _effectiveDateTime: unknown })).toEqual([])
  })

  test('what R4 has said is not said again', () => {
    const resource = { ...score(), status: undefined, code: undefined }
    expect(said(JSON.parse(JSON.stringify(resource))).sort()).toEqual(['required Observation.code', 'required Observation.status'])
  })
})

describe('which profile', () => {
  const PLAIN = { resourceType: 'Observation', status: 'final', code: { text: 'x' } }
  const claiming = (...claims: string[]) => ({ ...score(), meta: { profile: claims.map((id) => `${BASE}/StructureDefinition/${id}`) } })

  test.each<[string, unknown, readonly string[], ...string[]]>([
    ['none: R4 only', PLAIN, []],
    ['a profile of others', { ...PLAIN, meta: { profile: ['https://example.org/StructureDefinition/score-observation'] } }, []],
    ['claimed and known: once', claiming('score-observation', 'score-observation|1.0.0'), ['score-observation']],
    ['unknown', claiming('score-observation', 'mood'), ['score-observation'], 'not-supported Observation.meta.profile[1]'],
    ['of another version', claiming('score-observation|9.0.0'), ['score-observation'], 'not-supported Observation.meta.profile[0]'],
    ['of an extension', claiming('proxy'), ['score-observation'], 'not-supported Observation.meta.profile[0]'],
    ['of another type', claiming('result-provenance'), ['score-observation'], 'value Observation.meta.profile[0]'],
  ])('%s', (_, resource, against, ...expected) => {
    expect(check(resource).against).toEqual(against)
    expect(said(resource)).toEqual(expected)
  })

  test.each<[string, object, string]>([
    ['a claim alone', { ...PLAIN, meta: { profile: [`${BASE}/StructureDefinition/score-observation`] } }, 'score-observation'],
    ['our score code', { ...PLAIN, code: { coding: [{ system: `${BASE}/CodeSystem/score`, code: 'epds-total' }] } }, 'score-observation'],
    ['our panel code', { ...PLAIN, code: { coding: [{ system: `${BASE}/CodeSystem/score`, code: 'epds-panel' }] } }, 'panel-observation'],
    ['our identifier', { ...PLAIN, identifier: [{ system: `${BASE}/sid/result`, value: 'u.epds-total' }] }, 'score-observation'],
    [
      'our identifier of a risk',
      {
        resourceType: 'RiskAssessment',
        status: 'final',
        subject: { reference: 'Patient/1' },
        identifier: [{ system: `${BASE}/sid/result`, value: 'u.risk' }],
      },
      'risk-assessment-result',
    ],
  ])('by %s', (_, resource, id) => {
    expect(check(resource).against).toEqual([id])
    expect(check(resource).issues.length).toBeGreaterThan(1)
  })

  test('entered in error conforms likewise', () => {
    const retracted = find<Observation>('Observation', ({ status }) => status === 'entered-in-error')
    expect(said(retracted)).toEqual([])
    expect(said(spoilt(() => retracted, without('method') as never))).toEqual(['required Observation.method'])
  })
})

describe('a response to a questionnaire of ours', () => {
  test.each<[string, (one: QuestionnaireResponse) => void, ...string[]]>([
    ['an unknown linkId', (one) => (one.item![2]!.linkId = 'epds-77'), 'code-invalid QuestionnaireResponse.item[2].linkId'],
    ['an item twice', (one) => one.item!.push(one.item![0]!), 'duplicate QuestionnaireResponse.item[10]'],
    [
      'an option of another item',
      (one) => (one.item![0]!.answer![0]!.valueCoding!.code = 'epds-2-a'),
      'code-invalid QuestionnaireResponse.item[0].answer[0].valueCoding.code',
    ],
    ['no subject', (one) => delete one.subject, 'required QuestionnaireResponse.subject'],
    ['no version', (one) => (one.questionnaire = `${BASE}/Questionnaire/epds`), 'not-supported QuestionnaireResponse.questionnaire'],
    [
      'unknown version',
      (one) => (one.questionnaire = `${BASE}/Questionnaire/epds|9.9.9`),
      'not-supported QuestionnaireResponse.questionnaire',
    ],
    ['R4 and no more, once', (one) => (one.status = 'done' as never), 'value QuestionnaireResponse.status'],
    [
      'an infant that is no reference',
      (one) => (one.extension = [{ url: `${BASE}/StructureDefinition/infant`, valueString: 'first' }]),
      'structure QuestionnaireResponse.extension[0].value',
    ],
    ["another's questionnaire: R4 only", (one) => foreign(one)],
  ])('%s', (_, spoil, ...expected) => expect(said(spoilt(form, spoil as never))).toEqual(expected))

  function foreign(one: QuestionnaireResponse): void {
    one.questionnaire = 'https://example.org/Questionnaire/epds|1.0.0'
    one.item!.push(one.item![0]!, { linkId: 'epds-77' })
  }
})

describe('resources inside of resources', () => {
  const faulty = () => spoilt(form, (one: QuestionnaireResponse) => (one.item![0]!.linkId = 'epds-77'))
  const unnamed = () => spoilt(score, without('method') as never)

  test.each<[string, unknown, ...string[]]>([
    [
      'Bundle',
      {
        resourceType: 'Bundle',
        type: 'collection',
        entry: [
          { fullUrl: 'urn:uuid:1', resource: form() },
          { fullUrl: 'urn:uuid:2', resource: unnamed() },
          { fullUrl: 'urn:uuid:3', resource: faulty() },
        ],
      },
      'required Bundle.entry[1].resource.method',
      'code-invalid Bundle.entry[2].resource.item[0].linkId',
    ],
    [
      'Parameters',
      { resourceType: 'Parameters', parameter: [{ name: 'a', part: [{ name: 'b', resource: faulty() }] }] },
      'code-invalid Parameters.parameter[0].part[0].resource.item[0].linkId',
    ],
    [
      'contained',
      {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        contained: [{ ...unnamed(), id: 'c', meta: undefined }],
        hasMember: [{ reference: '#c' }],
      },
      'required Observation.contained[0].method',
    ],
  ])('%s', (_, resource, ...expected) => expect(said(JSON.parse(JSON.stringify(resource)))).toEqual(expected))

  test('at most fifty faults', () => {
    const entry = Array.from({ length: 80 }, (_, index) => ({ fullUrl: `urn:uuid:${index}`, resource: { ...unnamed(), id: `o${index}` } }))
    expect(check({ resourceType: 'Bundle', type: 'collection', entry }).issues).toHaveLength(50)
  })
})

test.each([null, 1, 'x', [], {}, { resourceType: 'Observation', identifier: 'x', code: null, meta: [], extension: [null, 1, []] }])(
  'unusable input %j: faults, no crash',
  (received) => expect(check(received).issues.length).toBeGreaterThan(0),
)

test('a constraint of ours without a function is refused', () => {
  const constraint = [{ key: 'kizuna-new', severity: 'error' as const, human: 'x', expression: 'true' }]
  const changed = { ...profile('proxy'), snapshot: { element: [{ id: 'Extension', path: 'Extension', constraint }] } }
  expect(() => createProfileCheck(changed, profiles)).toThrow('kizuna-new')
})
