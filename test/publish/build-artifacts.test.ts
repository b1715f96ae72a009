import type { CodeSystem, ImplementationGuide, Questionnaire, QuestionnaireItem, ValueSet } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { createResourceCheck } from '../../src/fhir/check-resource.ts'
import { compileR4 } from '../../src/fhir/compile-r4.ts'
import { artifactName, buildArtifacts } from '../../src/publish/build-artifacts.ts'
import { artifacts, INSTRUMENTS, packsOf, questionnaireOf, readJson, sources } from './sources.ts'

const BASE = 'https://w3id.org/kizuna/fhir'
const TRANSLATION = 'http://hl7.org/fhir/StructureDefinition/translation'
const SDC = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire'
const find = <T>(type: string, id: string) => artifacts.find((a) => a.resourceType === type && a.id === id) as T
const codesOf = (id: string) => find<CodeSystem>('CodeSystem', id).concept?.map(({ code }) => code)
const questions = ({ item }: Questionnaire) => item!.filter(({ type }) => type === 'choice')

const checkResource = createResourceCheck(compileR4(readJson('resources/schemas/r4.json')))

describe('every artifact', () => {
  test.each(artifacts.map((artifact) => [`${artifact.resourceType}/${artifact.id}`, artifact] as const))(
    '%s is valid R4 and says who it is',
    (name, artifact) => {
      expect(checkResource(artifact)).toEqual([])
      if (artifact.resourceType === 'ObservationDefinition') {
        expect(artifact.identifier).toEqual([{ system: 'urn:ietf:rfc:3986', value: `${BASE}/${name}` }])
        return
      }
      expect(artifact.url).toBe(`${BASE}/${name}`)
      expect(artifact.version).toMatch(/^\d+\.\d+\.\d+$/)
      expect(artifact.name).toMatch(/^[A-Z]([A-Za-z0-9_]){0,254}$/)
      expect(artifact.title).toBeTruthy()
      expect(artifact.publisher).toBe('Kizuna')
    },
  )

  test('so many of each type, no two with one name, and the same sources give the same bytes', () => {
    const counts = Object.fromEntries(
      [...Map.groupBy(artifacts, ({ resourceType }) => resourceType)].map(([type, of]) => [type, of.length]),
    )
    expect(counts).toEqual({
      CapabilityStatement: 2,
      CodeSystem: 17,
      ConceptMap: 1,
      ImplementationGuide: 1,
      Library: 1,
      ObservationDefinition: 11,
      OperationDefinition: 3,
      PlanDefinition: 3,
      Questionnaire: 5,
      StructureDefinition: 12,
      ValueSet: 13,
    })
    expect(new Set(artifacts.map(artifactName)).size).toBe(artifacts.length)
    expect(JSON.stringify(buildArtifacts(sources))).toBe(JSON.stringify(artifacts))
  })

  test('what one says of another under our base leads to one that is published', () => {
    const published = new Set(artifacts.flatMap((one) => ('url' in one ? [one.url!, `${one.url}|${one.version}`] : [])))
    const literal = new Set(artifacts.map(({ resourceType, id }) => `${resourceType}/${id}`))
    const identifiers = artifacts.flatMap((one) => (one.resourceType === 'ObservationDefinition' ? [one.identifier![0]!.value!] : []))
    for (const artifact of artifacts)
      for (const text of stringsIn(artifact)) {
        if (/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]+$/.test(text)) expect(literal, `${artifactName(artifact)}: ${text}`).toContain(text)
        if (text.startsWith(`${BASE}/`) && !text.startsWith(`${BASE}/sid/`) && !identifiers.includes(text))
          expect(published, `${artifactName(artifact)}: ${text}`).toContain(text)
      }
  })

  test('the guide lists all others', () => {
    const guide = find<ImplementationGuide>('ImplementationGuide', 'kizuna.perinatal')
    const others = artifacts.filter((one) => one !== (guide as unknown)).map(({ resourceType, id }) => `${resourceType}/${id}`)
    expect(guide.definition!.resource.map(({ reference }) => reference.reference)).toEqual(others)
  })
})

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : []
}

describe('Questionnaire', () => {
  test.each([
    ['phq-9', 'active', false, 'official'],
    ['epds', 'draft', true, 'caption'],
    ['mibs-j', 'draft', true, 'unverified'],
    ['pbq', 'draft', true, 'caption'],
    ['infant-temperament', 'draft', true, 'caption'],
  ])('%s is %s', (id, status, experimental, code) => {
    const questionnaire = questionnaireOf(id)
    expect(questionnaire).toMatchObject({
      status,
      experimental,
      language: 'en',
      meta: { tag: [{ system: `${BASE}/CodeSystem/text-status`, code }] },
    })
    expect(questionnaire.copyright).toBe(packsOf(id).find(({ language }) => language === 'en')?.copyright)
  })

  test.each([
    ['epds', [{ system: 'http://loinc.org', code: '71354-5' }]],
    ['phq-9', [{ system: 'http://loinc.org', code: '44249-1' }]],
    ['mibs-j', [{ system: `${BASE}/CodeSystem/score`, code: 'mibs-j-panel' }]],
    ['pbq', [{ system: `${BASE}/CodeSystem/score`, code: 'pbq-panel' }]],
    ['infant-temperament', undefined],
  ])('%s has the code of its panel', (id, code) => expect(questionnaireOf(id).code).toEqual(code))

  test.each(INSTRUMENTS)('%s: unique linkIds, every question coded and worded, only what is scored calculated', (id) => {
    const questionnaire = questionnaireOf(id)
    const linkIds = questionnaire.item!.map(({ linkId }) => linkId)
    expect(new Set(linkIds).size).toBe(linkIds.length)
    for (const item of questions(questionnaire)) {
      expect(item.code).toHaveLength(1)
      expect(item.text).toBeTruthy()
      for (const { valueCoding } of item.answerOption!) expect(valueCoding?.display).toBeTruthy()
    }
    const profiles = id === 'infant-temperament' ? ['', '-render'] : ['', '-render', '-behave', '-extr-obsn']
    expect(questionnaire.meta?.profile).toEqual(profiles.map((name) => `${SDC}${name}`))
  })

  test('the PHQ-9 total is hidden, read-only, without initial, under its LOINC linkId', () => {
    const total = questionnaireOf('phq-9').item!.find(({ linkId }) => linkId === '/44261-6')
    expect(total).toMatchObject({
      type: 'decimal',
      readOnly: true,
      code: [
        { system: `${BASE}/CodeSystem/score`, code: 'phq-9-total' },
        { system: 'http://loinc.org', code: '44261-6' },
      ],
      extension: expect.arrayContaining([{ url: 'http://hl7.org/fhir/StructureDefinition/questionnaire-hidden', valueBoolean: true }]),
    })
    expect(total).not.toHaveProperty('initial')
  })

  test.each(INSTRUMENTS)('%s: exactly the totals are extracted, derived, as surveys; questions are radio buttons', (id) => {
    const { extension, item } = questionnaireOf(id)
    expect(extension!.map(({ url }) => url)).toEqual(['http://hl7.org/fhir/StructureDefinition/artifact-versionAlgorithm'])
    const extensionOf = (of: QuestionnaireItem, url: string) => of.extension?.find((one) => one.url === url)
    const extracted = item!.filter((one) => extensionOf(one, `${SDC}-observationExtract`)?.valueCode === 'derived')
    const { scales } = sources.instruments.find((one) => one.id === id)!
    expect(extracted.map(({ linkId }) => linkId)).toEqual(scales.map(({ code, totalLinkId }) => totalLinkId ?? code))
    for (const one of extracted)
      expect(extensionOf(one, `${SDC}-observation-extract-category`)?.valueCodeableConcept?.coding?.[0]?.code).toBe('survey')
    for (const one of item!.filter(({ type }) => type === 'choice'))
      expect(
        extensionOf(one, 'http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl')?.valueCodeableConcept?.coding?.[0]?.code,
      ).toBe('radio-button')
  })

  test('a total of EPDS is never coded as the panel', () => {
    const total = questionnaireOf('epds').item!.find(({ linkId }) => linkId === 'epds-total')
    expect(total?.code?.map(({ code }) => code)).toEqual(['epds-total', '99046-5'])
  })

  test('a draft carries Japanese beside English: title, text and options', () => {
    const ja = packsOf('mibs-j').find(({ language }) => language === 'ja')!
    const inJapanese = (content: string) => [
      {
        url: TRANSLATION,
        extension: [
          { url: 'lang', valueCode: 'ja' },
          { url: 'content', valueString: content },
        ],
      },
    ]
    const { _title, item } = questionnaireOf('mibs-j')
    expect(_title?.extension).toEqual(inJapanese('赤ちゃんへの気持ち質問票'))
    const first = item!.find(({ linkId }) => linkId === 'mibs-j-1')!
    expect(first._text?.extension).toEqual(inJapanese(ja.items['mibs-j-1']!))
    expect(first.answerOption![0]!.valueCoding?._display?.extension).toEqual(inJapanese(ja.options['mibs-j-a']!))
  })

  test('captions are no translation of official wording: a form filler would show them to mothers', () => {
    expect(JSON.stringify(questionnaireOf('phq-9'))).not.toContain(TRANSLATION)
  })

  test('a licensed Japanese pack makes the EPDS active, in Japanese, without captions beside it', () => {
    const licensed = { ...packsOf('epds').find(({ language }) => language === 'ja')!, status: 'licensed' as const, permission: 'P-1' }
    const textPacks = [...packsOf('epds').filter(({ language }) => language === 'en'), licensed]
    const questionnaire = questionnaireOf('epds', buildArtifacts({ ...sources, textPacks }))
    expect(questionnaire).toMatchObject({ status: 'active', experimental: false, language: 'ja', title: 'エジンバラ産後うつ病質問票' })
    expect(JSON.stringify(questionnaire)).not.toContain(TRANSLATION)
  })

  test('an instrument without wording is not published', () => {
    const types = new Set(buildArtifacts({ ...sources, textPacks: [] }).map(({ resourceType }) => resourceType))
    for (const type of ['Questionnaire', 'ValueSet', 'ObservationDefinition', 'PlanDefinition'] as const) expect(types).not.toContain(type)
  })
})

describe('CodeSystem', () => {
  test.each([
    ['tier', ['immediate', 'priority', 'assess', 'open', 'watch', 'routine', 'none']],
    ['outcome', ['self-harm', 'infant-harm', 'perinatal-depression', 'bonding-difficulty']],
    ['method', ['epds', 'mibs-j', 'pbq', 'phq-9', 'perinatal', 'generic']],
    ['text-status', ['official', 'licensed', 'verified', 'unverified', 'caption']],
    ['answer-mibs-j', ['mibs-j-a', 'mibs-j-b', 'mibs-j-c', 'mibs-j-d']],
    ['answer-pbq', ['pbq-a', 'pbq-b', 'pbq-c', 'pbq-d', 'pbq-e', 'pbq-f']],
  ])('%s holds %j', (id, codes) => expect(codesOf(id)).toEqual(codes))

  test('score holds every panel, scale and component', () => {
    const scores = ['epds-panel', 'epds-total', 'epds-3a', 'mibs-j-panel', 'mibs-j-total', 'mibs-j-la', 'mibs-j-ar']
    const more = ['pbq-panel', 'pbq-total', 'pbq-f1', 'pbq-f2', 'pbq-f3', 'pbq-f4', 'phq-9-panel', 'phq-9-total']
    expect(codesOf('score')).toEqual([...scores, ...more, 'baseline-mean', 'change', 'deviation', 'generic', 'lower', 'upper'])
  })

  test('rule holds each rule once', () => {
    const rules = [
      'S1',
      'S2',
      'S3',
      'S4',
      'S5',
      'D1',
      'D2',
      'D3',
      'D4',
      'D5',
      'B1',
      'B2',
      'B3',
      'B4',
      'B5',
      'B6',
      'C1',
      'H1',
      'H2',
      'V1',
      'V2',
      'N1',
      'X1',
    ]
    expect(codesOf('rule')?.toSorted()).toEqual(rules.toSorted())
  })

  test.each(artifacts.filter((a): a is CodeSystem => a.resourceType === 'CodeSystem'))(
    '$id: each code once, in English and Japanese',
    ({ concept, count }) => {
      expect(new Set(concept?.map(({ code }) => code)).size).toBe(count)
      for (const { display, designation } of concept!) {
        expect(display).toBeTruthy()
        expect(designation).toEqual([{ language: 'ja', value: expect.stringMatching(/\S/) }])
      }
    },
  )

  test('LOINC keeps its own codes: PHQ-9 has no CodeSystem of ours', () => {
    expect(artifacts.some(({ id }) => id === 'answer-phq-9' || id === 'item-phq-9')).toBe(false)
  })
})

test('each answer list is a ValueSet of codes that its CodeSystem has', () => {
  const valueSets = artifacts.filter((a): a is ValueSet => a.resourceType === 'ValueSet')
  expect(valueSets).toHaveLength(13)
  for (const { compose } of valueSets) {
    const [include] = compose!.include
    const system = artifacts.find((one) => 'url' in one && one.url === include!.system) as CodeSystem
    const known = system.concept!.map(({ code }) => code)
    expect(known).toEqual(expect.arrayContaining(include!.concept!.map(({ code }) => code)))
  }
})
