import type { QuestionnaireResponse } from 'fhir/r4.js'
import { assess } from '../../src/assess.ts'
import type { Instrument } from '../../src/instrument/instrument.ts'
import { summaryOf } from '../../src/summary.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { response } from '../fixtures/responses.ts'
import { seeded } from '../publish/seeded.ts'
import type { Totals } from './engine.ts'

export const SCORED: readonly Instrument[] = knowledge.instruments.filter(({ scales }) => scales.length > 0)

/** A response, and the totals that our own core gives it. */
export interface EngineCase {
  readonly response: QuestionnaireResponse
  readonly totals: Totals
}

/** Random answers, the same at every run: `count` to every question, and as many with at least one scored question left out. */
export function casesOf(instrument: Instrument, count: number): EngineCase[] {
  const random = seeded(20241101)
  const below = (limit: number): number => Math.floor(random() * limit)
  const { items, answerSystem } = instrument
  const complete = (): QuestionnaireResponse =>
    response(instrument.id, [], {
      item: items.map(({ linkId, options }) => ({
        linkId,
        answer: [{ valueCoding: { system: answerSystem, code: options[below(options.length)]!.code } }],
      })),
    })
  const incomplete = (): QuestionnaireResponse => {
    const whole = complete()
    const dropped = new Set(Array.from({ length: 1 + below(3) }, () => scored(instrument)[below(scored(instrument).length)]!))
    return { ...whole, item: whole.item!.filter(({ linkId }) => !dropped.has(linkId)) }
  }
  return [...Array.from({ length: count }, complete), ...Array.from({ length: count }, incomplete)].map((one) => ({
    response: one,
    totals: ours(one),
  }))
}

const scored = ({ scales }: Instrument): readonly string[] => [...new Set(scales.flatMap(({ items }) => items))]

function ours(one: QuestionnaireResponse): Totals {
  const { scores } = summaryOf(assess(knowledge, one, []), 1)
  return Object.fromEntries(Object.entries(scores).flatMap(([code, score]) => (score.state === 'complete' ? [[code, score.value]] : [])))
}
