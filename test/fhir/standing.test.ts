import type { QuestionnaireResponse, RiskAssessment } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { standingOf } from '../../src/fhir/standing.ts'
import { buildResources } from '../../src/fhir/transaction.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { epds, infant, response, weights } from '../fixtures/responses.ts'

const NOW = '2026-04-01T10:00:00+09:00'
const on = (authored: string, one: QuestionnaireResponse): QuestionnaireResponse => ({
  ...one,
  id: `on-${authored}-${one.status}`,
  authored,
})

/** How she stands after these, their responses readable or not. */
function standing(responses: readonly QuestionnaireResponse[], windowDays = 90, readable = true) {
  const results = responses.flatMap((one) => {
    const result = assess(knowledge, one, [infant('2026-03-01')])
    if (result.outcome === 'refused') throw new Error(JSON.stringify(result.issues))
    return buildResources(knowledge, result, { recorded: NOW })
  })
  return standingOf({
    instruments: knowledge.instruments,
    assessments: results.filter((one): one is RiskAssessment => one.resourceType === 'RiskAssessment'),
    observations: results.filter((one) => one.resourceType === 'Observation'),
    responses: readable ? responses : [],
    now: NOW,
    windowDays,
  })
}

describe('her tier, with its age', () => {
  test('nothing: none, without an age', () => expect(standing([])).toEqual({ tier: 'none', current: [], outdated: [] }))

  test('the age of the result that gives it', () => {
    const { tier, ageInDays } = standing([on('2026-03-20', epds(14)), on('2026-03-30', response('mibs-j', weights('0000000000')))])
    expect([tier, ageInDays]).toEqual(['priority', 12])
  })

  test.each([
    { window: 12, tier: 'priority', current: 1 },
    { window: 11, tier: 'none', current: 0 },
  ])('a window of $window days', ({ window, tier, current }) => {
    const stands = standing([on('2026-03-20', epds(14))], window)
    expect([stands.tier, stands.current.length, stands.outdated.length]).toEqual([tier, current, 1 - current])
  })

  test('a later result of the same instrument takes its place', () =>
    expect(standing([on('2026-03-20', epds(14)), on('2026-03-30', epds(3))])).toMatchObject({ tier: 'routine', ageInDays: 2 }))

  test('the same where responses cannot be read: the scores tell the instrument', () =>
    expect(standing([on('2026-03-20', epds(14)), on('2026-03-30', epds(3))], 90, false).tier).toBe('routine'))

  test('two of one day, no hour told: the more pressing', () =>
    expect(standing([on('2026-03-20', epds(14)), on('2026-03-20', { ...epds(3), status: 'amended' })]).tier).toBe('priority'))
})

describe('what decides nothing displaces nothing', () => {
  const first = on('2026-03-20', epds(14))
  const partner = { source: { reference: 'RelatedPerson/partner' } }

  test('a later result in which nothing could be evaluated', () =>
    expect(standing([first, on('2026-03-30', epds(3, partner))])).toMatchObject({ tier: 'priority', ageInDays: 12 }))

  test('an unfinished form stands beside the finished one', () => {
    const stands = standing([first, on('2026-03-30', epds(3, { status: 'in-progress' }))])
    expect([stands.tier, stands.current.map(({ preliminary }) => preliminary)]).toEqual(['priority', [false, true]])
  })

  test('but its safety answer is hers', () => {
    const draft = response('epds', weights('_________1'), { status: 'in-progress' })
    expect(standing([first, on('2026-03-30', draft)])).toMatchObject({ tier: 'immediate', ageInDays: 2 })
  })

  test('an unfinished form that was finished later is passed over', () =>
    expect(standing([on('2026-03-10', epds(14, { status: 'in-progress' })), on('2026-03-20', epds(3))]).current).toHaveLength(1))

  test('entered in error is nothing', () =>
    expect(standing([first, on('2026-03-30', epds(3, { status: 'entered-in-error' }))]).tier).toBe('priority'))
})
