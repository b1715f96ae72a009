import { readFileSync } from 'node:fs'
import type { Library } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { clinicianPageName, clinicianPages } from '../../src/build/clinician-pages.ts'
import { clinicianPage } from '../../src/publish/clinician-page.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { artifacts } from './sources.ts'

const { ruleSet, instruments } = knowledge

describe.each([...clinicianPages()])('%s', (language, page) => {
  test('is what the rules give', () => {
    expect(readFileSync(`resources/clinician/${clinicianPageName(language)}`, 'utf8')).toBe(page)
  })

  test('no gap is left', () => {
    expect(page).not.toMatch(/\{|undefined|NaN/)
  })

  test.each(ruleSet.rules)('rule $id stands there with its title, its tier and its source', ({ id, title, tier, source }) => {
    const row = page.split('\n').find((line) => line.startsWith(`| ${id} | **${title[language]}`))
    expect(row).toContain(source)
    if (tier !== undefined) expect(row).toContain(ruleSet.tiers.find((one) => one.id === tier)!.title[language])
  })

  test.each(ruleSet.tiers)('tier $id stands there with its action', ({ title, action }) => {
    expect(page).toContain(`| **${title[language]}** | ${action[language]} |`)
  })

  test('every cut-off that a rule reads stands there as a number, with the days it was studied on', () => {
    const named = ruleSet.rules.flatMap(({ when }) => ('cutOff' in when ? [when.cutOff] : []))
    const cutOffs = instruments.flatMap(({ scales }) => scales.flatMap((scale) => scale.cutOffs)).filter(({ id }) => named.includes(id))
    expect(cutOffs.length).toBeGreaterThan(5)
    for (const { value, days } of cutOffs) {
      expect(page).toMatch(new RegExp(`(≥ |\\D)${value}(\\D)`))
      for (const day of days ?? []) expect(page).toMatch(new RegExp(`\\D${day}\\D`))
    }
  })

  test('what is not screened, and that the EPDS is not ours, is said', () => {
    expect(page).toContain(ruleSet.notScreened[language])
    expect(page).toContain('© 1987 The Royal College of Psychiatrists')
  })
})

test('it is published with the rules, in both languages', () => {
  const library = artifacts.find((one): one is Library => one.resourceType === 'Library')!
  const pages = library.content!.filter(({ contentType }) => contentType === 'text/markdown')
  expect(new Map(pages.map(({ language, data }) => [language, Buffer.from(data!, 'base64').toString('utf8')]))).toEqual(clinicianPages())
})

test('a rule that changes changes the page', () => {
  const rules = ruleSet.rules.map((rule) =>
    rule.id === 'C1' && rule.when.op === 'rise' ? { ...rule, when: { ...rule.when, by: 5 } } : rule,
  )
  const words = JSON.parse(readFileSync('resources/clinician/words.json', 'utf8')).en
  const page = (changed: typeof ruleSet) => clinicianPage({ template: '{{rules}}', words, language: 'en', ruleSet: changed, instruments })
  expect(page(ruleSet)).toContain('EPDS total 4 points or more above her last score')
  expect(page({ ...ruleSet, rules })).toContain('EPDS total 5 points or more above her last score')
})
