import type { ValueSet } from 'fhir/r4.js'
import type { Instrument, Item } from '../instrument/instrument.ts'
import { headOf, systemOf } from './artifact.ts'
import type { Wording } from './wording.ts'

/**
 * The answer lists of an instrument with codes of its own: `answer-<instrument>` where all items share one, else one an item,
 * `answer-<linkId>`. LOINC publishes those of its own answers (LL358-3, LL359-1).
 */
export function buildAnswerValueSets(instrument: Instrument, wording: Wording): ValueSet[] {
  if (instrument.answerSystem !== systemOf(`answer-${instrument.id}`)) return []
  const lists = [...Map.groupBy(instrument.items, answerListOf).values()].map(([first]) => first!)
  return lists.map((item) => buildValueSet(instrument, item, { wording, id: `answer-${lists.length === 1 ? instrument.id : item.linkId}` }))
}

const answerListOf = ({ options }: Item): string => options.map(({ code }) => code).join(' ')

function buildValueSet(instrument: Instrument, { options }: Item, { wording, id }: { wording: Wording; id: string }): ValueSet {
  return {
    ...headOf('ValueSet', id, instrument.version),
    language: wording.language,
    title: `${instrument.shortTitle.en}: answer list ${id}`,
    status: 'active',
    experimental: false,
    copyright: wording.copyright,
    compose: {
      include: [
        {
          system: instrument.answerSystem,
          version: instrument.version,
          concept: options.map(({ code }) => ({ code, display: wording.option(code).text })),
        },
      ],
    },
  }
}
