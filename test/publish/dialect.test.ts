import type { Extension, Questionnaire } from 'fhir/r4.js'
import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import { describe, expect, test } from 'vitest'
import { DIALECTS, type Dialect, inDialect } from '../../src/publish/dialect.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { caseOf, INSTRUMENTS, questionnaireOf } from './sources.ts'

const OTHERS = DIALECTS.filter((dialect) => dialect !== 'sdc4')
const PAIRS = INSTRUMENTS.flatMap((id) => OTHERS.map((dialect) => [id, dialect] as const))
const R4 = 'http://hl7.org/fhir/StructureDefinition/'

/** What a mother and a scorer see of it: everything but extensions and `meta`. */
const bare = (questionnaire: Questionnaire): unknown =>
  JSON.parse(JSON.stringify(questionnaire, (key, value: unknown) => (key === 'extension' || key === 'meta' ? undefined : value)))
const textOf = (id: string, dialect: Dialect) => JSON.stringify(inDialect(questionnaireOf(id), dialect))
const questionsOf = ({ item }: Questionnaire): string[] => item!.flatMap(({ linkId, type }) => (type === 'choice' ? [linkId] : []))
const totalsOf = (id: string) => Object.entries(caseOf(id).scales).map(([code, { totalLinkId }]) => totalLinkId ?? code)

test('sdc4 is the canonical form itself', () => {
  for (const id of INSTRUMENTS) expect(inDialect(questionnaireOf(id), 'sdc4')).toBe(questionnaireOf(id))
})

describe.each(PAIRS)('%s in %s', (id, dialect) => {
  const canonical = questionnaireOf(id)
  const spoken = inDialect(canonical, dialect)

  test('is valid, and says which dialect it is in', () => {
    expect(knowledge.check(spoken)).toEqual([])
    expect(spoken.meta!.tag).toEqual([
      ...canonical.meta!.tag!,
      { system: 'https://w3id.org/kizuna/fhir/CodeSystem/dialect', code: dialect },
    ])
  })

  test('is the same questionnaire: canonical, items, options and words', () => {
    const { item, ...rest } = canonical
    const asked = dialect === 'plain' ? item!.filter(({ linkId }) => !totalsOf(id).includes(linkId)) : item!
    expect(bare(spoken)).toEqual(bare({ ...rest, item: asked }))
  })

  test('the canonical one is left as it was', () => expect(canonical).toEqual(questionnaireOf(id)))

  test('no weight is said in two ways', () => {
    expect(textOf(id, dialect)).not.toContain('itemWeight')
    expect(textOf(id, dialect)).not.toContain('weight()')
  })
})

const extensionsOf = (value: unknown): Extension[] => {
  if (typeof value !== 'object' || value === null) return []
  const own = (value as { extension?: Extension[] }).extension ?? []
  return [...own, ...Object.values(value).flatMap(extensionsOf)]
}

test.each(INSTRUMENTS)('plain %s: R4 and its own extensions, nothing of SDC', (id) => {
  const spoken = inDialect(questionnaireOf(id), 'plain')
  expect(JSON.stringify(spoken)).not.toContain('/uv/')
  expect(spoken.meta!.profile).toBeUndefined()
  const known = ['ordinalValue', 'variable', 'translation', 'questionnaire-itemControl'].map((name) => R4 + name)
  for (const { url } of extensionsOf(spoken)) expect([...known, 'lang', 'content']).toContain(url)
  const names = (spoken.extension ?? []).map(({ valueExpression }) => valueExpression!.name!)
  expect(names).toHaveLength(totalsOf(id).length)
  for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/)
})

test.each(INSTRUMENTS)('%s for LHC-Forms has no weight that it would show to the mother', (id) => {
  for (const { answerOption = [] } of inDialect(questionnaireOf(id), 'lforms').item!)
    for (const { extension, valueCoding } of answerOption) expect([extension, valueCoding?.extension]).toEqual([undefined, undefined])
})

test('each weight stands where the engine looks', () => {
  const optionOf = (dialect: Dialect) =>
    inDialect(questionnaireOf('epds'), dialect).item!.find(({ linkId }) => linkId === 'epds-3')!.answerOption![0]!
  const weight = [{ url: `${R4}ordinalValue`, valueDecimal: 3 }]
  expect([optionOf('sdc3').extension, optionOf('sdc3').valueCoding!.extension]).toEqual([weight, undefined])
  expect([optionOf('plain').extension, optionOf('plain').valueCoding!.extension]).toEqual([weight, undefined])
  expect([optionOf('smart-forms').extension, optionOf('smart-forms').valueCoding!.extension]).toEqual([undefined, weight])
})

test('codes that look like weights, or begin like others, are not taken for one another', () => {
  const weights = { '3': 0, '0': 1, 'x-1': 2, 'x-10': 3, '1': 4 }
  const form = questionnaireOf('phq-9')
  const answerOption = Object.entries(weights).map(([code, weight]) => ({
    extension: [{ url: `${R4}itemWeight`, valueDecimal: weight }],
    valueCoding: { system: 'https://example.org', code },
  }))
  const spoken = inDialect({ ...form, item: form.item!.map((item) => (item.answerOption ? { ...item, answerOption } : item)) }, 'plain')
  const { expression } = spoken.extension![0]!.valueExpression!
  const resource = (code: string) => ({
    resourceType: 'QuestionnaireResponse',
    item: questionsOf(form).map((linkId) => ({ linkId, answer: [{ valueCoding: { system: 'https://example.org', code } }] })),
  })
  const totalOf = (code: string): unknown => fhirpath.evaluate(resource(code), expression!, { resource: resource(code) }, r4)
  for (const [code, weight] of Object.entries(weights)) expect(totalOf(code), code).toEqual([9 * weight])
  for (const code of ['2', 'x', 'x-100', '']) expect(totalOf(code), code).toEqual([])
})

test('engines that know no `derived` are told to extract, and of totals alone', () => {
  for (const dialect of ['sdc3', 'lforms', 'smart-forms'] as const) {
    const extracted = inDialect(questionnaireOf('pbq'), dialect).item!.flatMap(({ linkId, extension = [] }) =>
      extension.filter(({ url }) => url.endsWith('-observationExtract')).map(({ valueBoolean }) => [linkId, valueBoolean]),
    )
    expect(extracted).toEqual(totalsOf('pbq').map((linkId) => [linkId, true]))
  }
})
