import type { FhirResource, Provenance } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { createLineFormat } from '../../src/bulk/line-format.ts'
import { explanationText } from '../../src/explain.ts'
import { TRACE_EXTENSION } from '../../src/fhir/provenance.ts'
import { buildResources } from '../../src/fhir/transaction.ts'
import type { Site } from '../../src/risk/knowledge.ts'
import { explanationOf } from '../../src/risk/trace.ts'
import type { History } from '../../src/trajectory/history.ts'
import { knowledge, withSite } from '../fixtures/knowledge.ts'
import { earlier, epds, infant, response, weights } from '../fixtures/responses.ts'

const RECORDED = '2026-04-01T00:00:00Z'
const history: History = [
  infant('2026-03-01'),
  earlier('epds-total', 3, '2026-03-10T10:00:00+09:00'),
  earlier('epds-total', 6, '2026-03-20T10:00:00+09:00'),
]
const explain = (given = epds(12), known: History = history, site: Partial<Site> = {}) => {
  const knowing = withSite(site)
  const result = assess(knowing, given, known)
  return { knowing, result, explanation: explanationOf(knowing, result) }
}
const textOf = (language: 'en' | 'ja', given = epds(12), known: History = history) => {
  const { knowing, result, explanation } = explain(given, known)
  return explanationText(knowing, result, explanation, language)
}

describe('the reckoning', () => {
  const { explanation } = explain()
  test('each sum can be done again with its weights', () => {
    for (const { weights: terms, value } of Object.values(explanation.scores!)) {
      expect(terms.reduce<number>((sum, weight) => sum + (weight ?? 0), 0)).toBe(value)
    }
    expect(explanation.items).toHaveLength(10)
  })

  test('her course: members, waves, change, mean, and what the study says of the size of a change', () => {
    expect(explanation.baseline!['epds-total']!.map(({ value }) => value)).toEqual([3, 6])
    expect(explanation.course!['epds-total']).toEqual({
      waves: 3,
      daysSinceLast: 11,
      change: 6,
      mean: 4.5,
      deviation: 7.5,
      reliable: { change: true, by: 4, source: 'Matthey 2004' },
    })
  })

  test.each([
    { total: 9, reliable: false },
    { total: 10, reliable: true },
    { total: 2, reliable: true },
    { total: 3, reliable: false },
  ])('$total after 6: reliable $reliable', ({ total, reliable }) =>
    expect(explain(epds(total)).explanation.course!['epds-total']!.reliable?.change).toBe(reliable),
  )

  test('the rule of change reads the number of the instrument', () => {
    const { when } = knowledge.ruleSet.rules.find(({ id }) => id === 'C1')!
    const { reliableChange } = knowledge.instruments.find(({ id }) => id === 'epds')!.scales[0]!
    expect(when).toMatchObject({ op: 'rise', by: reliableChange!.value })
  })

  test('no reliable change where no study gives one', () => {
    const mibs = explain(response('mibs-j', weights('0110000000')), [
      infant('2026-03-01'),
      earlier('mibs-j-ar', 0, '2026-03-10T10:00:00+09:00'),
    ])
    expect(mibs.explanation.course!['mibs-j-ar']).toEqual({ waves: 2, daysSinceLast: 21, change: 2 })
  })

  test('visits that passed without it', () => {
    const known = [infant('2026-01-01')]
    expect(explain(epds(3), known, { schedule: 'study-waves' }).explanation.missed).toEqual([])
    expect(explain(epds(3, { authored: '2026-06-01T10:00:00+09:00' }), known, { schedule: 'study-waves' }).explanation.missed).toEqual([
      'month-1',
    ])
  })

  test('each rule with its inputs and verdict', () => {
    const { rules } = explanation
    expect(rules.find(({ id }) => id === 'D2')).toEqual({
      id: 'D2',
      verdict: 'fired',
      outcome: 'perinatal-depression',
      tier: 'assess',
      because: 'epds-total 12 ≥ 11 (levis11)',
      inputs: { score: { score: 'epds-total', value: 12 }, cutOff: { value: 11, policy: 'levis11' } },
      source: 'Levis 2020, BMJ 371:m4022',
    })
    expect(rules.find(({ id }) => id === 'C1')?.inputs).toMatchObject({ with: [{ value: 6 }, { value: 4.5, k: 2 }], by: 4 })
    expect(new Set(rules.map(({ verdict }) => verdict))).toEqual(new Set(['fired', 'not-fired', 'not-evaluated']))
  })

  test('of a refused response: its safety rules and what it was read with', () => {
    const broken = {
      ...response('epds', weights('0000000002')),
      item: [...response('epds', weights('0000000002')).item!, { linkId: 'other' }],
    }
    const refused = explain(broken).explanation
    expect([refused.tier, refused.items, refused.rules.map(({ id }) => id)]).toEqual(['immediate', undefined, ['S1']])
  })
})

describe('replayed with the stored versions, byte for byte', () => {
  const stored: { name: string; given: ReturnType<typeof epds>; site?: Partial<Site> }[] = [
    { name: 'complete', given: epds(12) },
    { name: 'with gaps', given: response('epds', weights('33_0000_00')) },
    { name: 'bonding', given: response('mibs-j', weights('0110000200')) },
    { name: 'with numbers of the site', given: epds(12), site: { windows: { C1: 3 } } },
  ]
  test.each(stored)('$name', ({ given, site = {} }) => {
    const knowing = withSite(site)
    const result = assess(knowing, given, history)
    if (result.outcome === 'refused') throw new Error('refused')
    const written: FhirResource[] = buildResources(knowing, result, { recorded: RECORDED })
    const provenance = written.find((one): one is Provenance => one.resourceType === 'Provenance')!
    const trace = provenance.extension!.find(({ url }) => url === TRACE_EXTENSION)!.valueString!
    // Years later: her later forms, and the results themselves, are on the server too.
    const since = [...history, ...written, earlier('epds-total', 20, '2026-08-01T10:00:00+09:00')]
    const format = createLineFormat(knowing, { emit: 'summary', recorded: '2031-01-01T00:00:00Z', explain: true })
    const line = format(assess(knowing, given, since), { line: 1 })
    expect(line).toContain(`"explain":${trace}`)
  })
})

describe('in sentences', () => {
  test('English', () => {
    const text = textOf('en')
    expect(text).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^epds-1: option epds-1-[a-d], weight 3 \(epds-total\)\.$/),
        'epds-total: 3 + 3 + 3 + 3 + 0 + 0 + 0 + 0 + 0 + 0 = 12.',
        'epds-total: form 3 of her series; earlier: 3 (2026-03-10), 6 (2026-03-20).',
        'epds-total: her own mean 4.5, difference 7.5.',
        'D2 fired: EPDS total at or above the threshold in use. epds-total 12 ≥ 11 (levis11). Source: Levis 2020, BMJ 371:m4022.',
        'Tier: Assess.',
      ]),
    )
    expect(text.at(-1)).toContain(knowledge.ruleSetHash)
  })

  test('Japanese: the same lines, and no English sentence among them', () => {
    const [en, ja] = [textOf('en'), textOf('ja')]
    expect(ja).toHaveLength(en.length)
    expect(ja).toContain('epds-total:3 + 3 + 3 + 3 + 0 + 0 + 0 + 0 + 0 + 0 = 12。')
    expect(ja.join('\n')).not.toMatch(/fired|Source|earlier:|unanswered|difference|Tier/)
  })

  test('with gaps: what the sum can still be', () =>
    expect(textOf('en', response('epds', weights('33_0000_00')))).toContain(
      'epds-total: 3 + 3 + ? + 0 + 0 + 0 + 0 + ? + 0 + 0, between 6 and 12 (? is unanswered).',
    ))
})
