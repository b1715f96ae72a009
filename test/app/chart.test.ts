import type { FhirResource } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { alertsOf } from '../../src/app/chart/alert.ts'
import { axisOf, calendarAxis } from '../../src/app/chart/axis.ts'
import { type Chart, chartOf } from '../../src/app/chart/chart.ts'
import { dueSet, gapsOf, visitsIn } from '../../src/app/chart/due-now.ts'
import { findingText } from '../../src/app/chart/finding-text.ts'
import { itemGridsOf } from '../../src/app/chart/item-grid.ts'
import type { Panel } from '../../src/app/chart/panel.ts'
import { summaryText } from '../../src/app/chart/summary-text.ts'
import { sayIn } from '../../src/app/words.ts'
import { placesOf, TEXTLESS, withAt } from '../fixtures/places.ts'
import { aboutInfant, epdsPlaces, INFANT, knowledge, mibsPlaces, NOW, recordOf, storedResponse } from './clinic-fixture.ts'

const epds = (id: string, authored: string, score: number) => ({ id, instrument: 'epds', authored, places: epdsPlaces(score) })
const mibs = (id: string, authored: string, anger: number, infant = aboutInfant()) => ({
  id,
  instrument: 'mibs-j',
  authored,
  places: mibsPlaces(anger),
  infant,
})
const at = (day: string): string => `${day}T09:00:00+09:00`
const chart = (...parameters: Parameters<typeof recordOf>): Chart => chartOf(knowledge, recordOf(...parameters), NOW)
const panelOf = ({ panels }: Chart, code: string): Panel => panels.find(({ scale }) => scale.code === code)!
const title = (panel: Panel): string => findingText(panel, 'en', sayIn('en'))

describe('a panel', () => {
  test('nothing yet: no panel', () => {
    expect(chart([]).panels).toEqual([])
  })

  test('one score: nothing to compare with', () => {
    expect(title(panelOf(chart([epds('a', at('2026-02-01'), 4)]), 'epds-total'))).toBe('EPDS total 4: nothing earlier to compare with')
  })

  test('two scores: against the last, and no mean', () => {
    const panel = panelOf(chart([epds('a', at('2026-02-01'), 4), epds('b', at('2026-02-20'), 2)]), 'epds-total')
    expect(title(panel)).toBe('EPDS total 2: 2 below her last (1 earlier)')
    expect(panel.mean).toBeUndefined()
  })

  test('three scores: against her own mean, which the current one is not in', () => {
    const given = [mibs('a', at('2026-01-20'), 1), mibs('b', at('2026-02-10'), 1), mibs('c', at('2026-02-28'), 4)]
    const panel = panelOf(chart(given), 'mibs-j-ar')
    expect(title(panel)).toBe('MIBS-J anger and rejection 4: 3 above her own mean of 1 (2 earlier)')
    expect(panel.mean).toEqual({ value: 1, k: 2, lowest: 1, highest: 1, from: 5 })
  })

  test('an unanswered item: a range, not a number', () => {
    const places = [...epdsPlaces(4).slice(0, 8), undefined, undefined]
    const panel = panelOf(chart([{ ...epds('a', at('2026-02-01'), 4), places }]), 'epds-total')
    expect(panel.finding).toEqual({ kind: 'incomplete', lower: 4, upper: 10 })
  })

  test('anger and rejection comes second, after the EPDS total', () => {
    const { panels } = chart([mibs('a', at('2026-02-01'), 1), epds('b', at('2026-02-01'), 1)])
    expect(panels.map(({ scale }) => scale.code)).toEqual(['epds-total', 'mibs-j-ar', 'mibs-j-la', 'epds-3a', 'mibs-j-total'])
  })
})

describe('lines', () => {
  const joined = (...parameters: Parameters<typeof recordOf>) => panelOf(chart(...parameters), 'epds-total').segments.length

  test('join two scores of one wording', () => {
    expect(joined([epds('a', at('2026-01-20'), 1), epds('b', at('2026-02-20'), 2)])).toBe(1)
  })

  test.each([
    ['120 days', '2026-05-20', 1],
    ['121 days', '2026-05-21', 0],
  ])('a gap of %s', (_name, day, count) => {
    const record = recordOf([epds('a', at('2026-01-20'), 1), epds('b', at(day), 2)])
    const later = chartOf(knowledge, record, at('2026-06-01'))
    expect(panelOf(later, 'epds-total').segments).toHaveLength(count)
  })

  test('not across a birth', () => {
    expect(joined([epds('a', at('2026-01-05'), 1), epds('b', at('2026-02-05'), 2)])).toBe(0)
  })

  test('not across a wording', () => {
    expect(joined([epds('a', at('2026-01-20'), 1), { ...epds('b', at('2026-02-05'), 2), language: 'ja' as const }])).toBe(0)
  })

  test('not from one twin to the other, but along each', () => {
    const twin = { ...INFANT, id: 'twin' }
    const given = [
      mibs('a', at('2026-01-20'), 1),
      mibs('b', at('2026-01-20'), 2, aboutInfant('twin')),
      mibs('c', at('2026-02-20'), 1),
      mibs('d', at('2026-02-20'), 3, aboutInfant('twin')),
    ]
    const panel = panelOf(chart(given, [INFANT, twin]), 'mibs-j-ar')
    expect(panel.segments.map(([one, next]) => [one.lower, next.lower])).toEqual([
      [1, 1],
      [2, 3],
    ])
    expect(panel.infants).toEqual(['RelatedPerson/infant', 'RelatedPerson/twin'])
  })

  test('another birth has its own axis: its scores stand in the table only', () => {
    const first = { ...INFANT, id: 'first', birthDate: '2023-05-01' }
    const { elsewhere, points, panels } = chart([epds('a', at('2023-06-01'), 1), epds('b', at('2026-02-05'), 2)], [first, INFANT])
    expect([elsewhere, points.length]).toEqual([2, 4])
    expect(panels[0]?.points).toHaveLength(1)
  })

  test('a cut-off only where it is in use: MIBS-J total on the days it was studied', () => {
    const given = [mibs('a', at('2026-01-20'), 1), mibs('b', at('2026-02-10'), 1), mibs('c', at('2026-02-28'), 1)]
    const { panels } = chart(given)
    const total = panels.find(({ scale }) => scale.code === 'mibs-j-total')!
    expect(total.cutOffs).toEqual([{ value: 5, text: expect.stringContaining('Nishigori'), from: 26, to: 26 }])
    expect(panelOf(chart(given), 'mibs-j-ar').cutOffs).toEqual([])
  })

  test('one line for one cut-off, two for two', () => {
    const given = [
      epds('a', at('2026-01-20'), 1),
      epds('b', at('2026-02-01'), 1),
      { ...epds('c', at('2026-02-10'), 1), language: 'ja' as const },
    ]
    expect(panelOf(chart(given), 'epds-total').cutOffs.map(({ value, from, to }) => [value, from, to])).toEqual([
      [11, 5, 17],
      [9, 26, 26],
    ])
  })
})

describe('how she stands', () => {
  test('nothing: not screened', () => {
    expect(chart([]).standing).toEqual({ tier: 'none', current: [], outdated: [] })
  })

  test('the most pressing of the latest result of each instrument', () => {
    const high = { ...epds('a', at('2026-02-01'), 0), places: epdsPlaces(0).map((place, index) => (index < 5 ? 3 - place : place)) }
    const record = [high, mibs('b', at('2026-02-10'), 0)]
    expect(chart(record).standing.tier).toBe('priority')
    const { standing } = chart([...record, epds('c', at('2026-02-20'), 1)])
    expect(standing.tier).toBe('routine')
    expect(new Map(standing.current.map(({ instrument, effective }) => [instrument?.id, effective]))).toEqual(
      new Map([
        ['mibs-j', at('2026-02-10')],
        ['epds', at('2026-02-20')],
      ]),
    )
  })

  test.each([
    ['90 days', '2025-12-01', 1],
    ['91 days', '2025-11-30', 0],
  ])('a result of %s ago', (_name, day, count) => {
    const { standing } = chart([epds('a', at(day), 4)])
    expect(standing.current).toHaveLength(count)
    expect(standing.outdated).toHaveLength(1 - count)
    expect(standing.tier).toBe(count === 1 ? 'routine' : 'none')
  })

  test('what was said of one twin is not hidden by the other', () => {
    const twin = { ...INFANT, id: 'twin' }
    const angry = mibsPlaces(4).map((place, index) => (index === 4 ? 0 : place))
    const given = [{ ...mibs('a', at('2026-02-10'), 0), places: angry }, mibs('b', at('2026-02-10'), 0, aboutInfant('twin'))]
    expect(chart(given, [INFANT, twin]).standing.tier).toBe('assess')
  })
})

describe('what waits', () => {
  test('an unfinished form, and a finished one that nobody has reviewed', () => {
    const record = recordOf([epds('a', at('2026-02-01'), 4)])
    const begun = { ...storedResponse({ ...epds('b', at('2026-02-20'), 3), places: [0] }), status: 'in-progress' as const }
    const given = storedResponse(mibs('c', at('2026-02-21'), 1))
    const { pending } = chartOf(knowledge, { ...record, responses: [...record.responses, begun, given] }, NOW)
    expect(pending.map(({ response }) => response.id)).toEqual(['c', 'b'])
  })

  test('entered in error: not waited for', () => {
    const wrong = storedResponse({ ...epds('b', at('2026-02-20'), 3), status: 'entered-in-error' })
    expect(chartOf(knowledge, { ...recordOf([]), responses: [wrong] }, NOW).pending).toEqual([])
  })
})

describe('a safety answer', () => {
  const positive = { ...epds('b', at('2026-02-20'), 0), places: [...epdsPlaces(0).slice(0, 9), 2] }

  test('is told with its words, when, by whom and the totals around it', () => {
    const alerts = alertsOf(knowledge, chart([epds('a', at('2026-02-01'), 4), positive]), 'en')
    expect(alerts).toHaveLength(1)
    expect(alerts[0]).toMatchObject({ by: 'herself', effective: positive.authored, formLanguage: 'en', isUnfinished: false })
    expect(alerts[0]?.answers).toEqual([
      {
        linkId: 'epds-10',
        item: 'Thoughts of self-harm',
        option: '3rd option: lowest grade of thoughts',
        code: 'epds-10-c',
        place: 3,
        count: 4,
        weight: 1,
      },
    ])
    expect(alerts[0]?.totals.map(({ lower }) => lower)).toEqual([4, 1])
    expect(alerts[0]?.verdicts.map(({ id }) => id)).toEqual(['S1'])
  })

  test('on an unfinished form that no result speaks of yet: told all the same', () => {
    const begun = { ...storedResponse(positive), status: 'in-progress' as const }
    const alerts = alertsOf(knowledge, chartOf(knowledge, { ...recordOf([]), responses: [begun] }, NOW), 'ja')
    expect(alerts).toHaveLength(1)
    expect(alerts[0]).toMatchObject({ isUnfinished: true })
  })

  test('a zero raises nothing', () => {
    expect(alertsOf(knowledge, chart([epds('a', at('2026-02-01'), 4)]), 'en')).toEqual([])
  })
})

describe('the time axis', () => {
  test('always has the birth on it', () => {
    expect(axisOf([100, 200], 600).ticks.map(({ unit }) => unit)).toContain('birth')
  })

  test('its marks never stand on one another', () => {
    const { ticks, from, to } = axisOf([-150, 500], 240)
    const places = ticks.map(({ day }) => ((day - from) / (to - from)) * 240)
    expect(places.slice(1).every((place, index) => place - places[index]! >= 40)).toBe(true)
  })

  test('without a birth: the calendar', () => {
    expect(calendarAxis([20000, 20030], 600).ticks).toEqual([
      { day: 20000, unit: 'date', count: 20000 },
      { day: 20030, unit: 'date', count: 20030 },
    ])
  })
})

describe('what is due', () => {
  const japan = { ...knowledge, site: { ...knowledge.site, schedule: 'japan-postpartum' } }
  const on = (day: string, given: Parameters<typeof recordOf>[0] = [], history?: Parameters<typeof recordOf>[1]) =>
    chartOf(japan, recordOf(given, history), at(day))

  test('the set of a visit, each instrument once', () => {
    expect(dueSet(on('2026-02-15').plan)).toEqual(['epds', 'mibs-j'])
  })

  test('what was asked is not due, what went by is a gap', () => {
    const { plan } = on('2026-02-15', [epds('a', at('2026-02-14'), 3)])
    expect(dueSet(plan)).toEqual(['mibs-j'])
    expect(gapsOf(plan, 'epds').map(({ id }) => id)).toEqual(['two-weeks'])
  })

  test('a child who died: nothing about the bond', () => {
    const { plan } = on('2026-02-15', [], [{ ...INFANT, active: false }])
    expect(dueSet(plan)).toEqual(['epds'])
    expect(visitsIn(plan, ['withheld']).flatMap(({ instruments }) => instruments)).toContain('mibs-j')
  })
})

describe('her course in one sentence', () => {
  const sentence = (given: Parameters<typeof recordOf>[0], language: 'en' | 'ja' = 'en') =>
    summaryText(chart(given), knowledge.instruments, language, sayIn(language))

  test('what changed, what did not, what is unknown', () => {
    const given = [
      mibs('a', at('2026-01-20'), 1),
      mibs('b', at('2026-02-10'), 1),
      mibs('c', at('2026-02-28'), 4),
      epds('d', at('2026-02-28'), 4),
    ]
    expect(sentence(given)).toMatch(
      /^Changed: MIBS-J anger and rejection 4 \(\+3\)\. Not changed: MIBS-J lack of affection\. First value: EPDS total 4\. Due: /,
    )
  })

  test('a fall is a change, not a recovery; in Japanese as Japanese', () => {
    const given = [epds('a', at('2026-01-20'), 9), epds('b', at('2026-02-20'), 2)]
    expect(sentence(given)).toContain('Changed: EPDS total 2 (−7).')
    expect(sentence(given, 'ja')).toMatch(/^変化あり：.*。不明：.*。今回の対象：/)
  })
})

describe('a form that could not be scored', () => {
  test('has its day on the axis, and no number', () => {
    const record = recordOf([epds('a', at('2026-02-01'), 4)])
    const odd = { ...storedResponse(epds('odd', at('2026-02-20'), 4)), item: [{ linkId: 'unknown' }] }
    const { unscored, points } = chartOf(knowledge, { ...record, responses: [...record.responses, odd] }, NOW)
    expect(unscored.map(({ instrument, day }) => [instrument.id, day])).toEqual([['epds', 36]])
    expect(points.every(({ effective }) => effective !== odd.authored)).toBe(true)
  })
})

describe('single items', () => {
  test('the self-harm item as a lane, and what a rule speaks of is named; retracted responses are left out', () => {
    const retracted = { ...storedResponse(epds('b', at('2026-02-20'), 4)), status: 'entered-in-error' as const }
    const { responses } = recordOf([epds('a', at('2026-02-01'), 4), mibs('c', at('2026-02-10'), 2)])
    const grids = itemGridsOf(knowledge, [...responses, retracted])
    expect(grids.map(({ instrument, items, waves }) => [instrument.id, items.map(({ number }) => number), waves.length])).toEqual([
      ['epds', [10], 1],
      ['mibs-j', [2, 3, 5, 7, 9], 1],
    ])
    expect(grids[1]!.items.map(({ notable }) => notable)).toEqual([Number.POSITIVE_INFINITY, 2, 2, 2, 2])
    expect(grids[0]!.items[0]).toMatchObject({ isSafety: true, notable: 1 })
  })
})

describe('a server that holds what nobody can read', () => {
  const record = recordOf([epds('a', at('2026-02-01'), 4), mibs('b', at('2026-02-10'), 1)])

  test('the rest makes the chart, and what is missing is named', () => {
    const broken = { ...record.history.find(({ resourceType }) => resourceType === 'Observation')!, id: 'z', identifier: [null] }
    const { panels, record: read } = chartOf(knowledge, { ...record, history: [...record.history, broken as never] }, NOW)
    expect(panels).toEqual(chartOf(knowledge, record, NOW).panels)
    expect(read.broken).toEqual(['Observation'])
  })

  test('at any place of her history, results and forms: a chart', () => {
    for (const part of ['history', 'infants', 'assessments', 'responses'] as const) {
      for (const place of placesOf(record[part]).filter(({ length }) => length > 0)) {
        for (const put of [...TEXTLESS.slice(0, 1), null, [null]]) {
          const changed = { ...record, [part]: withAt(record[part], place, put) as readonly FhirResource[] }
          expect(chartOf(knowledge, changed, NOW).panels, `${part} ${place.join('.')}`).toBeDefined()
        }
      }
    }
  })
})
