import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import type { FhirResource } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { buildResources } from '../../src/fhir/transaction.ts'
import { loadKnowledge, loadResourceCheck } from '../../src/load-knowledge.ts'
import { TIERS } from '../../src/risk/rule-set.ts'
import { loadStories } from '../../src/sandbox/load-stories.ts'
import { arrivalsOf } from '../../src/sandbox/mother-responses.ts'
import { buildEncounter, buildPractitioners, buildRecord, motherEntries } from '../../src/sandbox/mothers.ts'
import type { Story } from '../../src/sandbox/story.ts'

const stories = loadStories()
const check = loadResourceCheck()
const knowledge = loadKnowledge(undefined, check)
const time = { today: '2026-03-01', zone: stories.zone }
const told = stories.mothers.map((story) => [story.id, story] as const)
const versionsOf = ({ responses }: Story) => responses.flatMap((given) => [...(given.before ? [given.before] : []), given])

describe('the file', () => {
  test('is as its schema says', () => {
    const schema = JSON.parse(readFileSync('resources/schemas/mothers.json', 'utf8'))
    const isStories = new Ajv({ allErrors: true }).compile(schema)
    expect(isStories(stories) ? [] : isStories.errors).toEqual([])
  })

  test('names every id once', () => {
    const ids = stories.mothers.flatMap(({ id, mrn, infants = [], partner }) => [
      id,
      mrn,
      ...infants.map((infant) => infant.id),
      partner?.id,
    ])
    const named = ids.filter((id) => id !== undefined)
    expect(new Set(named).size).toBe(named.length)
  })

  test.each(told)('%s: responses in the order of time, about infants of hers', (_, { infants = [], responses }) => {
    const times = responses.map(({ day, time: clock }) => day * 10_000 + Number(clock.replace(':', '')))
    expect(times).toEqual(times.toSorted((one, other) => one - other))
    for (const { infant } of responses) if (infant) expect(infants.map(({ id }) => id)).toContain(infant)
  })

  test('covers every tier and fires every rule', () => {
    const expected = stories.mothers.flatMap(versionsOf).map((version) => version.expect)
    expect(TIERS.filter((tier) => !expected.some((one) => one.tier === tier))).toEqual([])
    const rules = [...new Set(knowledge.ruleSet.rules.map(({ id }) => id)), 'X1']
    expect(rules.filter((rule) => !expected.some(({ fired }) => fired.includes(rule)))).toEqual([])
  })
})

describe('what the rules make of it', () => {
  test.each(told)('%s: as reasoned beforehand', (_, story) => {
    const record = buildRecord(story, time)
    const reports: FhirResource[] = []
    const results = new Map<string, FhirResource>()
    const made = arrivalsOf(knowledge.instruments, story, time).map(({ response, recorded, expect: expected }) => {
      const result = assess(knowledge, response, [...record, ...reports, ...results.values()])
      if (result.outcome === 'refused') return { refused: result.issues, expected }
      for (const resource of buildResources(knowledge, result, { recorded })) results.set(resource.id!, resource)
      if (response.questionnaire?.includes('/infant-temperament|')) reports.push(response)
      const fired = result.risk.verdicts.filter(({ verdict }) => verdict === 'fired').map(({ id }) => id)
      const codes = result.issues.map(({ code }) => code)
      expect(codes).toEqual(expect.arrayContaining([...(expected.issues ?? [])]))
      return { tier: result.risk.tier, fired: [...new Set(fired)].sort(), outcome: result.outcome }
    })
    const reasoned = versionsOf(story).map(({ expect: { tier, fired, outcome = 'scored' } }) => ({
      tier,
      fired: fired.toSorted(),
      outcome,
    }))
    expect(made).toEqual(reasoned)
    expect([...results.values()].flatMap(check)).toEqual([])
  })
})

test('every resource built is valid R4', () => {
  const resources = [
    ...buildPractitioners(stories),
    ...stories.mothers.flatMap((story) => [
      ...buildRecord(story, time),
      buildEncounter(story, '2026-03-01T01:02:03Z'),
      ...arrivalsOf(knowledge.instruments, story, time).map(({ response }) => response),
    ]),
  ]
  expect(resources.flatMap(check)).toEqual([])
})

test('the picker lists her by every name', () => {
  expect(motherEntries(stories).find(({ id }) => id === 'aoi')).toEqual({
    id: 'aoi',
    name: '砂場 葵 / Aoi Sandbox',
    birthDate: '1994-04-12',
  })
})

test('an answer that the item does not have is a fault of the file', () => {
  const story = { ...stories.mothers[0]!, responses: [{ ...stories.mothers[0]!.responses[0]!, answers: '4000000000' }] }
  expect(() => arrivalsOf(knowledge.instruments, story, time)).toThrow('mibs-j-1 has no option for "4"')
})
