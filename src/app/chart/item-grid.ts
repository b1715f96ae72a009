import type { QuestionnaireResponse } from 'fhir/r4.js'
import type { Instrument, Item } from '../../instrument/instrument.ts'
import { newestOf } from '../../instrument/newest.ts'
import { type Knowledge, safetyItemsOf } from '../../risk/knowledge.ts'
import { infantOf } from '../../score/context.ts'
import { referenceTarget } from '../../score/reference.ts'
import { byTime } from '../../trajectory/calendar.ts'
import { type Answer, answersIn } from '../form/form.ts'

/** One response of hers: a column of the grid. */
export interface Wave {
  readonly response: QuestionnaireResponse
  readonly effective: string
  /** The infant it is about, as a key, where it says so. */
  readonly infant?: string
  readonly answers: Readonly<Record<string, Answer>>
}

/** The items of one instrument that are looked at one by one, at every time she answered them. */
export interface ItemGrid {
  readonly instrument: Instrument
  readonly items: readonly (Item & { readonly number: number; readonly isSafety: boolean; readonly notable: number })[]
  /** The newest first: it is seen without scrolling. */
  readonly waves: readonly Wave[]
}

/** Anger and rejection is partly panic (item 2): its items are shown, not its sum alone. */
const BY_ITEM = ['mibs-j-ar']

/**
 * What is read item by item: the safety items, the items that a rule reads by themselves, and those of the subscale that is looked at by item.
 * `notable`: from this weight on a rule speaks of the item. A response that was entered in error is left out.
 */
export function itemGridsOf(knowledge: Knowledge, responses: readonly QuestionnaireResponse[]): ItemGrid[] {
  const { instruments } = knowledge
  const notable = notableWeights(knowledge)
  return newestOf(instruments).flatMap((instrument) => {
    const shown = instrument.scales.filter(({ code }) => BY_ITEM.includes(code)).flatMap(({ items }) => items)
    const items = instrument.items.flatMap((item, index) => {
      const from = notable.get(item.linkId)
      if (from === undefined && !shown.includes(item.linkId)) return []
      return [{ ...item, number: index + 1, isSafety: from?.isSafety ?? false, notable: from?.weight ?? Number.POSITIVE_INFINITY }]
    })
    const waves = wavesOf(instrument, responses)
    return items.length === 0 || waves.length === 0 ? [] : [{ instrument, items, waves }]
  })
}

function notableWeights({ ruleSet }: Knowledge): Map<string, { weight: number; isSafety: boolean }> {
  const safety = safetyItemsOf(ruleSet).map((linkId) => [linkId, { weight: 1, isSafety: true }] as const)
  const single = ruleSet.rules.flatMap(({ when }) =>
    when.op === 'any-item' ? when.items.map((linkId) => [linkId, { weight: when.atLeast, isSafety: false }] as const) : [],
  )
  return new Map<string, { weight: number; isSafety: boolean }>([...single, ...safety])
}

function wavesOf(instrument: Instrument, responses: readonly QuestionnaireResponse[]): Wave[] {
  return responses
    .filter(({ questionnaire, status }) => questionnaire?.includes(`/Questionnaire/${instrument.id}|`) && status !== 'entered-in-error')
    .map((response) => {
      const infant = referenceTarget(infantOf(response.extension))
      return {
        response,
        effective: response.authored ?? '',
        ...(infant !== undefined && { infant }),
        answers: answersIn(instrument, response),
      }
    })
    .sort((one, other) => byTime(other.effective, one.effective))
}
