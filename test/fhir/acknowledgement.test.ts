import type { RiskAssessment } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import {
  acknowledgeDone,
  acknowledgementOf,
  acknowledgementState,
  acknowledgeSeen,
  buildAcknowledgement,
} from '../../src/fhir/acknowledgement.ts'
import { buildResources } from '../../src/fhir/transaction.ts'
import { knowledge, withSite } from '../fixtures/knowledge.ts'
import { response, weights } from '../fixtures/responses.ts'

const RECORDED = '2026-04-01T09:00:00+09:00'
const MIDWIFE = { reference: 'Practitioner/midwife' }
const ABOUT = {
  resultPrefix: '00000000-0000-0000-0000-000000000000',
  subject: { reference: 'Patient/synthetic' },
  focus: { reference: 'RiskAssessment/risk' },
  rules: ['S1'],
}
const task = (onImmediate: object = {}) =>
  buildAcknowledgement(withSite({ onImmediate: { kind: 'task', ...onImmediate } }), ABOUT, RECORDED)
const seen = { who: MIDWIFE, when: '2026-04-01T09:05:00+09:00' }
const done = { who: { reference: 'Practitioner/psychiatrist' }, when: '2026-04-01T09:25:00+09:00', what: 'Talked with her; safe at home' }

test('is R4, holds no answer, and says in whose hands it is until when', () => {
  const owner = { reference: 'CareTeam/perinatal' }
  const built = task({ owner, dueMinutes: 45, escalateAfterMinutes: 90 })
  expect(knowledge.check(built)).toEqual([])
  expect(built).toMatchObject({
    status: 'requested',
    priority: 'stat',
    owner,
    restriction: { period: { end: '2026-04-01T09:45:00+09:00' } },
  })
  expect(built.input?.[0]?.valueDateTime).toBe('2026-04-01T10:30:00+09:00')
  expect(JSON.stringify(built)).not.toContain('epds-10')
})

test('30 minutes where the site says nothing else', () => expect(task().restriction?.period?.end).toBe('2026-04-01T09:30:00+09:00'))

describe('two steps', () => {
  test('seen, then done: who, when, what', () => {
    const first = acknowledgeSeen(task(), seen)
    expect([first.status, acknowledgementState(first, seen.when)]).toEqual([
      'accepted',
      { step: 'seen', seen, due: '2026-04-01T09:30:00+09:00', isLate: false, isEscalated: false },
    ])
    const second = acknowledgeDone(first, done)
    expect(second.status).toBe('completed')
    expect(acknowledgementState(second, '2026-04-02T00:00:00Z')).toMatchObject({ step: 'done', seen, done, isLate: false })
    expect(knowledge.check(second)).toEqual([])
  })

  test('done at once: whoever did it has seen it', () => {
    const state = acknowledgementState(acknowledgeDone(task(), done), done.when)
    expect([state.step, state.seen]).toEqual(['done', { who: done.who, when: done.when }])
  })

  test('the first who saw it stays', () => {
    const first = acknowledgeSeen(task(), seen)
    expect(acknowledgeSeen(first, { ...seen, who: done.who })).toBe(first)
  })

  test('what was done is said once, and said', () => {
    const finished = acknowledgeDone(task(), done)
    expect(acknowledgeDone(finished, { ...done, what: 'something else' })).toBe(finished)
    expect(() => acknowledgeDone(task(), { ...done, what: '  ' })).toThrow('What was done is not said')
  })

  test('entered in error: neither step', () => {
    const retracted = { ...task(), status: 'entered-in-error' as const }
    expect([acknowledgeSeen(retracted, seen), acknowledgeDone(retracted, done)]).toEqual([retracted, retracted])
    expect(acknowledgementState(retracted, '2026-05-01T00:00:00Z')).toMatchObject({ step: 'retracted', isLate: false })
  })
})

test.each([
  { now: '2026-04-01T09:30:00+09:00', isLate: false, isEscalated: false },
  { now: '2026-04-01T00:30:01Z', isLate: true, isEscalated: false },
  { now: '2026-04-01T10:00:01+09:00', isLate: true, isEscalated: true },
])('at $now: late $isLate, escalated $isEscalated', ({ now, ...is }) => {
  expect(acknowledgementState(task({ escalateAfterMinutes: 60 }), now)).toMatchObject({ step: 'open', ...is })
})

test('no Task yet: open', () =>
  expect(acknowledgementState(undefined, RECORDED)).toEqual({ step: 'open', isLate: false, isEscalated: false }))

test('of a RiskAssessment that a server holds: the very Task that the policy would have written', () => {
  const site = withSite({ onImmediate: { kind: 'task' } })
  const result = assess(site, response('epds', weights('0000000001')))
  if (result.outcome === 'refused') throw new Error('refused')
  const written = buildResources(site, result, { recorded: RECORDED })
  const risk = written.find((one): one is RiskAssessment => one.resourceType === 'RiskAssessment')!
  const { id: _, ...own } = written.find(({ resourceType }) => resourceType === 'Task')!
  expect(acknowledgementOf(site, risk, RECORDED)).toEqual(own)
})
