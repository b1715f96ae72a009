import type { Questionnaire, QuestionnaireItem } from 'fhir/r4.js'
import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import { describe, expect, test } from 'vitest'
import { DIALECTS, inDialect } from '../../src/publish/dialect.ts'
import { INSTRUMENTS, questionnaireOf, readJson } from './sources.ts'

interface Invariant {
  readonly profile: string
  readonly key: string
  readonly at: 'Questionnaire' | 'Questionnaire.item'
  readonly expression: string
}

const SDC = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/'
const { invariants } = readJson<{ invariants: Invariant[] }>('test/cases/sdc/questionnaire-invariants.json')
const compiled = invariants.map((one) => ({ ...one, evaluate: fhirpath.compile({ base: one.at, expression: one.expression }, r4) }))

/** The invariants that a form breaks, of the profiles that it claims. */
function broken(form: Questionnaire): string[] {
  const claimed = compiled.filter(({ profile }) => form.meta?.profile?.includes(SDC + profile))
  return claimed.flatMap(({ key, at, evaluate }) => {
    const places: (Questionnaire | QuestionnaireItem)[] = at === 'Questionnaire' ? [form] : form.item!
    return places.some((place) => (evaluate(place) as unknown[])[0] !== true) ? [key] : []
  })
}

describe.each(DIALECTS)('%s', (dialect) => {
  test.each(INSTRUMENTS)('%s keeps what the profiles of SDC that it claims demand', (id) => {
    expect(broken(inDialect(questionnaireOf(id), dialect))).toEqual([])
  })
})

describe('each is judged', () => {
  const form = questionnaireOf('epds')
  const last = form.item!.length - 1
  const spoilt = (change: Partial<QuestionnaireItem>, index = last): Questionnaire => ({
    ...form,
    item: form.item!.with(index, { ...form.item![index]!, ...change }),
  })
  test.each<[string, Questionnaire]>([
    ['sdc-2', { ...form, extension: [] }],
    ['sdc-3', { ...form, extension: [{ ...form.extension![0]!, valueCoding: { code: 'date' } }] }],
    ['cnl-0', { ...form, name: 'epds-1' }],
    ['cnl-1', { ...form, url: 'https://w3id.org/kizuna/fhir/Questionnaire/epds|1.0.0' }],
    ['que-1b', spoilt({ type: 'group', item: [] })],
    ['que-1c', spoilt({ item: [{ linkId: 'x', type: 'display' }] }, 0)],
    ['que-15', spoilt({ linkId: 'x'.repeat(256) })],
    ['rule-weight', inDialect(form, 'smart-forms')],
    ['rule-calculated', spoilt({ initial: [{ valueDecimal: 0 }] })],
    ['sdc-obsn-1', spoilt({ type: 'display' })],
    ['rule-code', spoilt({ code: [] })],
  ])('%s', (key, questionnaire) => {
    const claiming = { ...questionnaire, meta: form.meta! }
    expect(broken(claiming)).toContain(key)
  })
})
