import type { QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4.js'
import isEqual from 'lodash/isEqual.js'

/** The answers of one item as three people left it: when both began, here, and on the server meanwhile. */
export interface Disagreement {
  readonly linkId: string
  readonly mine: QuestionnaireResponseItem | undefined
  readonly theirs: QuestionnaireResponseItem | undefined
}

export interface Merged {
  readonly response: QuestionnaireResponse
  /** Items that both changed, and differently: `response` has mine, and a person has to look. */
  readonly disagreements: readonly Disagreement[]
}

/**
 * One response out of two that began as the same: what only one of both changed is taken from that one, item by item. Everything besides the
 * items is mine, on the server's newest version, so that the next update is one of that.
 */
export function mergeItems(base: QuestionnaireResponse, mine: QuestionnaireResponse, theirs: QuestionnaireResponse): Merged {
  const [before, here, there] = [itemsOf(base), itemsOf(mine), itemsOf(theirs)]
  const linkIds = [...new Set([...here.keys(), ...there.keys(), ...before.keys()])]
  const merged = linkIds.map((linkId) => {
    const [was, own, other] = [before.get(linkId), here.get(linkId), there.get(linkId)]
    const disagrees = !isEqual(own, other) && !isEqual(own, was) && !isEqual(other, was)
    return { linkId, mine: own, theirs: other, taken: isEqual(own, was) ? other : own, disagrees }
  })
  const item = merged.flatMap(({ taken }) => taken ?? [])
  const { item: _mine, id: _id, meta: _meta, ...rest } = mine
  const { id, meta } = theirs
  return {
    response: { ...rest, ...(id !== undefined && { id }), ...(meta && { meta }), ...(item.length > 0 && { item }) },
    disagreements: merged
      .filter(({ disagrees }) => disagrees)
      .map(({ linkId, mine: own, theirs: other }) => ({ linkId, mine: own, theirs: other })),
  }
}

const itemsOf = ({ item = [] }: QuestionnaireResponse): Map<string, QuestionnaireResponseItem> =>
  new Map(item.map((one) => [one.linkId, one]))
