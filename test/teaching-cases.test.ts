import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import type { FhirResource, Observation, QuestionnaireResponse, RiskAssessment } from 'fhir/r4.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assess } from '../src/assess.ts'
import { createFhirServer, type FhirServer } from '../src/ehr/fhir-server.ts'
import { resourcesOf } from '../src/emit.ts'
import { standingOf } from '../src/fhir/standing.ts'
import { loadKnowledge } from '../src/load-knowledge.ts'
import { loadSchedules } from '../src/resources.ts'
import type { Result } from '../src/risk/assessment.ts'
import { DEFAULT_SITE, type Knowledge } from '../src/risk/knowledge.ts'
import { dueOf } from '../src/schedule/due.ts'
import { summaryOf } from '../src/summary.ts'
import { knownOf } from '../src/trajectory/history.ts'
import { writeBack } from '../src/write-back/write-back.ts'
import { knowledge } from './fixtures/knowledge.ts'
import { type Expected, type Recorded, recordOf, responseOf, type TeachingCase, teachingCases } from './fixtures/teaching-case.ts'
import { startFhirServer } from './sandbox/fhir/fhir-server.ts'

const cases = teachingCases()
const recording = { recorded: '2026-12-31T00:00:00Z' }

describe('the collection', () => {
  const isCase = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync('test/cases/trajectory-case.schema.json', 'utf8')),
  )

  test.each(cases)('%s is as its schema says', (_name, given) => {
    expect(isCase(given) ? [] : isCase.errors).toEqual([])
  })

  test('at least thirty-six mothers, half of them unusual, no title twice, every rule fired', () => {
    const all = cases.map(([, given]) => given)
    expect(all.length).toBeGreaterThanOrEqual(36)
    expect(all.filter(({ edge }) => edge !== undefined).length).toBeGreaterThanOrEqual(all.length / 2)
    expect(new Set(all.map(({ title }) => title)).size).toBe(all.length)
    const fired = new Set(
      all.flatMap(({ waves }) => waves.flatMap(({ expect: { fired: rules } }) => rules.map((rule) => rule.slice(0, 2)))),
    )
    expect([...new Set(knowledge.ruleSet.rules.map(({ id }) => id)), 'X1'].filter((id) => !fired.has(id))).toEqual([])
  })
})

/** The collection as a page to read first: what each mother teaches, and her tiers wave by wave. */
function indexOf(all: readonly [string, TeachingCase][]): string {
  const rows = all.map(([name, { title, edge, waves }]) => {
    const course = waves.map(
      ({ answers, expect: { tier, fired } }) => `${Object.keys(answers)[0]} ${tier}${fired.length > 0 ? ` (${fired.join(', ')})` : ''}`,
    )
    return `| [${title}](${name}.json) | ${edge ?? ''} | ${course.join('; ')} |`
  })
  return [
    '# Teaching cases',
    '',
    'Mothers who do not exist, over several forms each: what happened, what the rules make of it, and what a clinician reads. What is expected was reasoned from the',
    'rules and their sources before it was run. A form is written as the weights of its answers in the order of the questions, `_` unanswered, `-` declined.',
    '',
    '| mother | what is unusual | form by form: tier (rules that fire) |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

test('the index is in step (vitest -u brings it)', async () => {
  await expect(indexOf(cases)).toMatchFileSnapshot('cases/trajectories/README.md')
})

/** All that is on record by a wave. */
function knownBy({ record = {}, waves }: TeachingCase, index: number): Recorded {
  return waves.slice(0, index + 1).reduce<Recorded>((known, { learned = {} }) => merged(known, learned), record)
}

const merged = (one: Recorded, other: Recorded): Recorded => ({
  ...one,
  ...other,
  infants: { ...one.infants, ...other.infants },
  babies: { ...one.babies, ...other.babies },
  gone: [...(one.gone ?? []), ...(other.gone ?? [])],
  totals: [...(one.totals ?? []), ...(other.totals ?? [])],
})

/** Everything that a clinician can read of a result. */
function readable(knowledge: Knowledge, result: Result): string {
  const issues = result.issues.map(({ diagnostics }) => diagnostics)
  const assessment = resourcesOf(knowledge, result, recording).find((one): one is RiskAssessment => one.resourceType === 'RiskAssessment')
  const { prediction = [], note = [], mitigation = '' } = assessment ?? {}
  return [...prediction.map(({ rationale }) => rationale ?? ''), ...note.map(({ text }) => text), mitigation, ...issues].join('\n')
}

const whenOf = (result: Result): string | undefined => {
  if (result.outcome === 'refused') return undefined
  const { phase, day } = result.timePoint
  return phase === 'unknown' ? 'unknown' : `${phase} day ${day}`
}

const round = (value: number): number => Math.round(value * 100) / 100

/** The result in the form of an expectation, cut down to what was expected. */
function foundOf(knowledge: Knowledge, result: Result, expected: Expected): Expected {
  const summary = summaryOf(result, 1)
  const named = summary.rules.map(({ id, verdict }, index) => {
    const { undecided } = result.risk.verdicts[index]!
    return { name: id === 'X1' ? `X1(${undecided})` : id, verdict }
  })
  const of = (verdict: string, within: readonly string[]) =>
    within.filter((id) => named.some((one) => one.name === id && one.verdict === verdict))
  const text = readable(knowledge, result)
  return {
    ...(expected.outcome !== undefined || summary.outcome !== 'scored' ? { outcome: summary.outcome } : {}),
    ...(expected.when !== undefined && { when: whenOf(result)! }),
    ...(expected.scores && {
      scores: Object.fromEntries(Object.keys(expected.scores).map((code) => [code, scoreText(summary.scores[code])])),
    }),
    tier: summary.tier,
    fired: named
      .filter(({ verdict }) => verdict === 'fired')
      .map(({ name }) => name)
      .sort(),
    ...(expected.notFired && { notFired: of('not-fired', expected.notFired) }),
    ...(expected.notEvaluated && { notEvaluated: of('not-evaluated', expected.notEvaluated) }),
    ...((expected.open || summary.open.length > 0) && {
      open: Object.fromEntries(summary.open.map(({ id, rule, items }) => [id === 'X1' ? `X1(${rule})` : id, items])),
    }),
    ...(expected.course && { course: courseFound(result, Object.keys(expected.course)) }),
    ...(expected.probability && { probability: probabilityOf(knowledge, result) }),
    ...(expected.says && { says: expected.says.filter((sentence) => text.includes(sentence)) }),
    ...(expected.neverSays && { neverSays: expected.neverSays.filter((sentence) => !text.includes(sentence)) }),
  }
}

const probabilityOf = (knowledge: Knowledge, result: Result): Record<string, number> => {
  const assessment = resourcesOf(knowledge, result, recording).find((one): one is RiskAssessment => one.resourceType === 'RiskAssessment')
  const told = assessment?.prediction?.filter(({ probabilityDecimal }) => probabilityDecimal !== undefined) ?? []
  return Object.fromEntries(told.map(({ outcome, probabilityDecimal }) => [outcome!.coding![0]!.code!, probabilityDecimal!]))
}

type ScoreFound = ReturnType<typeof summaryOf>['scores'][string] | undefined
const scoreText = (score: ScoreFound): number | string =>
  score === undefined ? 'none' : score.state === 'complete' ? score.value : `${score.lower} to ${score.upper}`

function courseFound(result: Result, codes: readonly string[]): NonNullable<Expected['course']> {
  if (result.outcome === 'refused') return {}
  return Object.fromEntries(
    codes.map((code) => {
      const { earlier = [], change, mean, deviation } = result.trajectories.get(code) ?? {}
      return [
        code,
        {
          earlier: earlier.length,
          ...(change !== undefined && { change }),
          ...(mean !== undefined && { mean: round(mean) }),
          ...(deviation !== undefined && { deviation: round(deviation) }),
        },
      ]
    }),
  )
}

const sortedRules = ({ fired, ...rest }: Expected): Expected => ({ ...rest, fired: fired.toSorted() })

/** How she stands in the end, as her chart shows it. */
function checkEnd(given: TeachingCase, knowledge: Knowledge, mother: string, resources: readonly FhirResource[]): void {
  const { on, tier, ageInDays, outdated, due } = given.end
  const now = `${on}T12:00:00+09:00`
  const known = knownOf(resources, { reference: `Patient/${mother}` }, now)
  const standing = standingOf({
    instruments: knowledge.instruments,
    assessments: known.assessments,
    observations: known.observations,
    responses: known.responses,
    now,
    windowDays: knowledge.site.tierWindowDays,
  })
  expect(standing.tier).toBe(tier)
  if (ageInDays !== undefined) expect(standing.ageInDays).toBe(ageInDays)
  if (outdated !== undefined) expect(standing.outdated.map(({ instrument }) => instrument?.id)).toEqual(outdated)
  for (const [path, state] of Object.entries(due ?? {})) {
    const [schedule, visit, form] = path.split('/')
    const plan = dueOf(loadSchedules().find(({ id }) => id === schedule)!, {
      instruments: knowledge.instruments,
      known,
      now,
      absenceCodes: knowledge.site.noInfantCodes ?? [],
    })
    expect([path, plan.due.find((one) => one.visit.id === visit && one.instruments.includes(form!))?.state ?? 'none']).toEqual([
      path,
      state,
    ])
  }
}

/** What the project knows, with what this site has decided. */
const siteKnowledge = ({ site }: TeachingCase): Knowledge =>
  site === undefined ? knowledge : loadKnowledge({ ...DEFAULT_SITE, ...site }, knowledge.check)

describe.each(cases)('%s', (mother, given) => {
  const own = siteKnowledge(given)

  test(`${given.title}: each wave with what the waves before it left`, () => {
    const resources = new Map<string, FhirResource>()
    const put = (one: FhirResource) => resources.set(`${one.resourceType}/${one.id}`, one)
    given.waves.forEach((wave, index) => {
      const known = knownBy(given, index)
      for (const one of recordOf(mother, known)) put(one)
      const response = responseOf(mother, wave, index, known)
      const result = assess(own, response, [...resources.values()])
      expect(foundOf(own, result, wave.expect), `wave ${index + 1}`).toEqual(sortedRules(wave.expect))
      put(response)
      if (result.outcome === 'refused') return
      for (const one of resourcesOf(own, result, recording)) put(one)
    })
    checkEnd(given, own, mother, [...resources.values()])
  })
})

describe('through the write-back, on a FHIR server', () => {
  let ehr: Awaited<ReturnType<typeof startFhirServer>>
  let server: FhirServer
  beforeAll(async () => {
    ehr = await startFhirServer({ check: knowledge.check })
    server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
  })
  afterAll(() => ehr.close())

  test.each(cases)('%s', async (mother, given) => {
    const own = siteKnowledge(given)
    const women = [mother, ...(given.record?.totals ?? []).flatMap(({ whose }) => (whose === undefined ? [] : [`${mother}-${whose}`]))]
    for (const id of women) await server.update({ resourceType: 'Patient', id })
    await server.update({ resourceType: 'RelatedPerson', id: `${mother}-partner`, patient: { reference: `Patient/${mother}` } })
    for (const [index, wave] of given.waves.entries()) {
      const known = knownBy(given, index)
      for (const one of recordOf(mother, known)) await server.update(one)
      const response = await server.update(responseOf(mother, wave, index, known))
      const { result } = await writeBack({ server, knowledge: own, response, recording })
      expect(foundOf(own, result, wave.expect), `wave ${index + 1}`).toEqual(sortedRules(wave.expect))
    }
    const subject = `Patient/${mother}`
    const all = await Promise.all([
      server.searchAll<Observation>('Observation', { subject }),
      server.searchAll<RiskAssessment>('RiskAssessment', { subject }),
      server.searchAll<QuestionnaireResponse>('QuestionnaireResponse', { subject }),
      server.searchAll('RelatedPerson', { patient: subject }),
    ])
    checkEnd(given, own, mother, all.flat())
  })
})
