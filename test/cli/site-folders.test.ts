import { readFileSync } from 'node:fs'
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4.js'
import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import { describe, expect, test } from 'vitest'
import { outsideAnswers, outsideForm, outsideResponse } from '../fixtures/outside-forms.ts'
import { fileOf, kizuna, linesOf } from './run-kizuna.ts'

const SITE = ['--site', 'test/cases/site/site.json']
const CALCULATED = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression'

interface Line {
  readonly instrument: string
  readonly binding?: string
  readonly outcome: string
  readonly scores: Readonly<Record<string, object>>
  readonly tier: string
  readonly issues: readonly { severity: string; code: string; diagnostics: string }[]
}

describe('an instrument added by a folder of data: PHQ-2, as README shows it', () => {
  const answer = (code: string) => ({ answer: [{ valueCoding: { system: 'http://loinc.org', code } }] })
  const given: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    id: 'phq-2-1',
    questionnaire: 'https://w3id.org/kizuna/fhir/Questionnaire/phq-2|1.0.0',
    status: 'completed',
    subject: { reference: 'Patient/p1' },
    authored: '2026-04-01T10:00:00Z',
    item: [
      { linkId: '/44250-9', ...answer('LA6570-1') },
      { linkId: '/44255-8', ...answer('LA6569-3') },
    ],
  }

  test('checked, scored and written', async () => {
    expect(await kizuna(['instruments', 'check', 'phq-2', ...SITE])).toMatchObject({ code: 0, out: '1 instruments checked, 0 faults\n' })
    const [line] = linesOf<Line>(await kizuna(['score', ...SITE], JSON.stringify(given)))
    expect(line).toMatchObject({
      outcome: 'scored',
      instrument: 'phq-2',
      scores: { 'phq-2-total': { state: 'complete', value: 3 } },
      issues: [],
    })
    const written = linesOf<{ resourceType: string; code?: object; interpretation?: object[] }>(
      await kizuna(['score', '--emit', 'resources', ...SITE], JSON.stringify(given)),
    )
    expect(written[1]).toMatchObject({
      resourceType: 'Observation',
      code: { coding: [{ code: 'phq-2-total' }, { system: 'http://loinc.org', code: '55758-7' }] },
      valueQuantity: { value: 3 },
      interpretation: [{ coding: [{ code: 'POS' }] }],
    })
  })

  test('its Questionnaire is made, valid, and scored alike by fhirpath.js', async () => {
    const { out } = await kizuna(['instruments', 'export', 'phq-2', ...SITE])
    const questionnaire = JSON.parse(out) as Questionnaire
    expect(questionnaire).toMatchObject({ url: 'https://w3id.org/kizuna/fhir/Questionnaire/phq-2', version: '1.0.0', status: 'active' })
    expect((await kizuna(['validate', '--quiet'], out)).code).toBe(0)
    const total = questionnaire.item?.find(({ linkId }) => linkId === '/55758-7')
    const expression = total?.extension?.find(({ url }) => url === CALCULATED)?.valueExpression?.expression
    expect(fhirpath.evaluate(given, expression!, { resource: given, questionnaire }, r4)).toEqual([3])
    const half = { ...given, item: given.item!.slice(0, 1) }
    expect(fhirpath.evaluate(half, expression!, { resource: half, questionnaire }, r4)).toEqual([])
  })

  test('without the site file it is unknown', async () => {
    expect(linesOf<Line>(await kizuna(['score'], JSON.stringify(given)))[0]).toMatchObject({ outcome: 'refused' })
  })
})

test("a site's own binding, with a total as text that is checked", async () => {
  const items = Array.from({ length: 10 }, (_one, index) => `b${index + 1}`)
  const given = {
    ...outsideAnswers(items, ''),
    questionnaire: 'https://clinic.example.org/Questionnaire/bonding',
    item: [
      ...items.map((linkId, index) => ({ linkId, answer: [{ valueInteger: index < 3 ? 1 : 0 }] })),
      { linkId: 'sum', answer: [{ valueString: '4' }] },
      { linkId: 'remarks', answer: [{ valueString: 'none' }] },
    ],
  }
  const [line] = linesOf<Line>(await kizuna(['score', ...SITE], JSON.stringify(given)))
  expect(line).toMatchObject({ outcome: 'scored', binding: 'clinic-mibs', scores: { 'mibs-j-total': { value: 3 } } })
  expect(line!.issues).toContainEqual(expect.objectContaining({ severity: 'warning', code: 'invariant' }))
})

test('a folder with a fault is named, before anything is scored', async () => {
  const site = fileOf(JSON.stringify({ bindings: 'nowhere' }), 'site-without-folder.json')
  expect(await kizuna(['score', '--site', site], '{}')).toMatchObject({ code: 2, err: expect.stringContaining('nowhere') })
})

describe('definitions of outside forms', () => {
  const items = ['a', 'b']
  const form = outsideForm({ items, expression: '%resource.item.answer.value.ordinal().sum()' })
  const given = outsideAnswers(items, 'cd')
  const scored = { outcome: 'scored', instrument: 'generic', scores: { 'generic-total': { state: 'complete', value: 5 } }, tier: 'none' }
  test('--forms', async () => {
    const file = fileOf(JSON.stringify(form), 'form.json')
    expect(linesOf<Line>(await kizuna(['score', '--forms', file], JSON.stringify(given)))).toEqual([expect.objectContaining(scored)])
  })
  test.each([
    ['the same Bundle', { resourceType: 'Bundle', type: 'collection', entry: [{ resource: form }, { resource: given }] }],
    ['the same list', [form, given]],
    ['the response itself', { ...given, questionnaire: '#outside', contained: [form] }],
  ])('%s', async (_name, input) => {
    expect(linesOf<Line>(await kizuna(['score'], JSON.stringify(input)))).toEqual([expect.objectContaining(scored)])
  })
  test('without: refused with the reason', async () => {
    const [line] = linesOf<Line>(await kizuna(['score'], JSON.stringify(given)))
    expect(line).toMatchObject({ outcome: 'refused', issues: [{ code: 'not-supported' }] })
  })
})

test('every published form at once, in order', async () => {
  const names = ['us-core-phq-9', 'sdc-phq-9', 'mii-pro-phq-9', 'mii-pro-phq-9-2026-5', 'lhc-forms-phq-9', 'kl-children-epds']
  const lines = linesOf<Line>(
    await kizuna(['score', '--emit', 'summary'], names.map((name) => JSON.stringify(outsideResponse(name))).join('\n')),
  )
  expect(lines.map(({ outcome }) => outcome)).toEqual(names.map(() => 'scored'))
  expect(readFileSync('README.md', 'utf8')).toContain('phq-2')
})
