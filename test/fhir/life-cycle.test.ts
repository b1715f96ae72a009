import type { Bundle, Observation, QuestionnaireResponse, RiskAssessment } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { bundleOf } from '../../src/emit.ts'
import { buildTransaction, type ExistingResults, NOTHING_EXISTS } from '../../src/fhir/transaction.ts'
import type { Assessment } from '../../src/risk/assessment.ts'
import { knowledge, withSite } from '../fixtures/knowledge.ts'
import { epds, response, weights } from '../fixtures/responses.ts'

const RECORDING = { recorded: '2026-04-01T00:00:00Z' }
const transactionOf = (given: QuestionnaireResponse, existing: ExistingResults = NOTHING_EXISTS, site = {}) =>
  buildTransaction(withSite(site), assess(withSite(site), given) as Assessment, existing, RECORDING)

/** What a server holds after it took the transaction: ids in the order of entries, each in version 3. */
function heldAfter(given: QuestionnaireResponse, status?: Observation['status']): ExistingResults {
  const resources = transactionOf(given).entry!.map(({ resource }) => resource!)
  const results = resources.flatMap((resource, index): [string, Observation | RiskAssessment][] => {
    if (resource.resourceType !== 'Observation' && resource.resourceType !== 'RiskAssessment') return []
    const held = { ...resource, id: `held-${index}`, meta: { ...resource.meta, versionId: '3' }, ...(status && { status }) } as
      | Observation
      | RiskAssessment
    return [[held.identifier![0]!.value!, held]]
  })
  return { results: new Map(results), writes: 1 }
}

/** Role → status of what is sent. */
const sent = (bundle: ReturnType<typeof transactionOf>) =>
  Object.fromEntries(
    (bundle.entry ?? []).map(({ resource, request }) => {
      const { identifier, status, meta } = resource as Observation
      const role = (identifier?.[0]?.value ?? meta!.tag![0]!.code!).replace(/^[^.]+\./, '')
      return [role, `${request!.method} ${status ?? ''}`.trim()]
    }),
  )

const ROLES = ['epds-panel', 'epds-total', 'epds-3a', 'risk']
const all = (value: string, provenance: string) => ({ ...Object.fromEntries(ROLES.map((role) => [role, value])), [provenance]: 'POST' })

describe('first write: conditional creates, status after the response', () => {
  test.each([
    ['in-progress', 'preliminary'],
    ['stopped', 'preliminary'],
    ['completed', 'final'],
    ['amended', 'amended'],
    ['entered-in-error', 'entered-in-error'],
  ] as const)('%s: %s', (status, result) => {
    expect(sent(transactionOf(epds(5, { status })))).toEqual(all(`POST ${result}`, 'provenance-1'))
  })

  test('every create is conditional on its own identifier, percent-encoded once', () => {
    for (const { request, resource } of transactionOf(epds(5)).entry!) {
      const value =
        resource!.resourceType === 'Provenance' ? resource!.meta!.tag![0]!.code! : (resource as Observation).identifier![0]!.value!
      const parameter = resource!.resourceType === 'Provenance' ? '_tag' : 'identifier'
      expect(new URLSearchParams(request!.ifNoneExist).get(parameter)).toBe(`https://w3id.org/kizuna/fhir/sid/result|${value}`)
    }
  })
})

describe('what exists decides what is sent', () => {
  test('the same again: nothing', () => {
    expect(transactionOf(epds(5), heldAfter(epds(5)))).toEqual({ resourceType: 'Bundle', type: 'transaction' })
  })

  test('another language or software version alone: nothing', () => {
    expect(transactionOf(epds(13), heldAfter(epds(13)), { language: 'ja' }).entry).toBeUndefined()
  })

  test('a draft completed: all become final', () => {
    const draft = response('epds', weights('000'), { status: 'in-progress' })
    expect(sent(transactionOf(epds(5), heldAfter(draft)))).toEqual(all('PUT final', 'provenance-2'))
  })

  test('amended: all become amended, by the version read', () => {
    const bundle = transactionOf(epds(20, { status: 'amended' }), heldAfter(epds(5)))
    expect(sent(bundle)).toEqual(all('PUT amended', 'provenance-2'))
    expect(bundle.entry!.slice(0, 4).map(({ request }) => request!.ifMatch)).toEqual(['W/"3"', 'W/"3"', 'W/"3"', 'W/"3"'])
  })

  test('completed, and changed in place: what changed becomes amended; tier and rules did not, and are left alone', () => {
    const before = response('epds', weights('1110000000'))
    const after = response('epds', weights('1130000000'))
    expect(sent(transactionOf(after, heldAfter(before)))).toEqual({
      'epds-total': 'PUT amended',
      'epds-3a': 'PUT amended',
      'provenance-2': 'POST',
    })
  })

  test('amended before and unchanged: stays amended, nothing is sent', () => {
    expect(transactionOf(epds(5), heldAfter(epds(5), 'amended')).entry).toBeUndefined()
  })

  test('entered in error carries over to every result and keeps it readable', () => {
    const bundle = transactionOf(epds(13, { status: 'entered-in-error' }), heldAfter(epds(13)))
    expect(sent(bundle)).toEqual(all('PUT entered-in-error', 'provenance-2'))
    expect((bundle.entry![3]!.resource as RiskAssessment).prediction).toHaveLength(1)
  })

  test('retracted already: nothing', () => {
    expect(transactionOf(epds(13, { status: 'entered-in-error' }), heldAfter(epds(13), 'entered-in-error')).entry).toBeUndefined()
  })

  test('one result missing: created, and named by those that are there', () => {
    const held = heldAfter(epds(5))
    const total = [...held.results.keys()].find((value) => value.endsWith('.epds-total'))!
    const bundle = transactionOf(epds(5), { ...held, results: new Map([...held.results].filter(([value]) => value !== total)) })
    expect(sent(bundle)).toEqual({ 'epds-total': 'POST final', 'provenance-2': 'POST' })
  })

  test('an amendment to complete does not clear item 10', () => {
    const before = response('epds', weights('0000000002'))
    const held = heldAfter(before)
    const result = assess(knowledge, response('epds', weights('0000000000'), { status: 'amended' }), [...held.results.values()])
    expect(result.risk.tier).toBe('immediate')
  })
})

describe('a bundle made without a server', () => {
  const bundleGiven = (given: QuestionnaireResponse, held: ExistingResults) => {
    const bundle = bundleOf(knowledge, assess(knowledge, given, [...held.results.values()]), RECORDING) as Bundle
    return Object.values(sent(bundle))
  }

  test('updates what the history shows to be there', () => {
    expect(bundleGiven(epds(20, { status: 'amended' }), heldAfter(epds(5)))).toEqual([
      'PUT amended',
      'PUT amended',
      'PUT amended',
      'PUT amended',
      'POST',
    ])
  })

  test('has nothing to say where the history holds it all', () => {
    expect(bundleGiven(epds(5), heldAfter(epds(5)))).toEqual([])
  })

  test('creates where the history names no version: an update could overwrite', () => {
    const held = heldAfter(epds(5))
    const unversioned = new Map([...held.results].map(([value, one]) => [value, { ...one, meta: {} }] as const))
    expect(bundleGiven(epds(20), { ...held, results: unversioned })).toEqual([
      'POST final',
      'POST final',
      'POST final',
      'POST final',
      'POST',
    ])
  })
})

test('references in a mixed bundle: urn:uuid to what is new, Type/id to what is there', () => {
  const held = heldAfter(epds(5))
  const risk = [...held.results.keys()].find((value) => value.endsWith('.risk'))!
  const bundle = transactionOf(epds(5), { ...held, results: new Map([...held.results].filter(([value]) => value !== risk)) })
  const assessment = bundle.entry![0]!.resource as RiskAssessment
  expect(assessment.basis!.slice(1)).toEqual([{ reference: 'Observation/held-1' }, { reference: 'Observation/held-2' }])
})
