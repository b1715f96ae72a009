import { type Binding, type CodingTable, printedWeights, scoredItemsOf } from './binding.ts'
import { type Fault, repeated, type SchemaCheck, schemaFaults } from './fault.ts'
import type { Instrument } from './instrument.ts'

/**
 * Everything wrong with one binding; empty when it may be used. After the schema: it names an instrument that is installed, every scored item has a place,
 * no linkId stands for two things, and a list of codes is shared only by items that print their options in one order. EPDS items are printed in
 * both: one list for all of them would score by position.
 */
export function checkBinding(candidate: unknown, instruments: readonly Instrument[], isBinding: SchemaCheck<Binding>): Fault[] {
  if (!isBinding(candidate)) return schemaFaults(candidate, isBinding)
  const { instrument: id, version, answers } = candidate
  const instrument = instruments.find((one) => one.id === id && one.version === version)
  if (instrument === undefined) return [{ pointer: '/instrument', message: `${id} ${version} is not installed` }]
  return [
    ...checkItems(candidate, instrument),
    ...checkTotals(candidate, instrument),
    ...repeated(linkIdsOf(candidate), () => '/items'),
    ...(answers.codings ?? []).flatMap((table, index) => checkTable(table, instrument, `/answers/codings/${index}`)),
  ]
}

const linkIdsOf = ({ items, totals = {}, passedOver = [] }: Binding): string[] => [
  ...Object.values(items).flat(),
  ...Object.values(totals).flat(),
  ...passedOver,
]

function checkItems({ items, itemCodes = {} }: Binding, instrument: Instrument): Fault[] {
  const known = instrument.items.map(({ linkId }) => linkId)
  const missing = scoredItemsOf(instrument).filter(({ linkId }) => !Object.hasOwn(items, linkId))
  const strange = [...Object.keys(items), ...Object.keys(itemCodes)].filter((linkId) => !known.includes(linkId))
  return [
    ...missing.map(({ linkId }) => ({ pointer: '/items', message: `says nothing of ${linkId}` })),
    ...strange.map((linkId) => ({ pointer: '/items', message: `${instrument.id} has no ${linkId}` })),
  ]
}

const checkTotals = ({ totals = {} }: Binding, { id, scales }: Instrument): Fault[] =>
  Object.keys(totals).flatMap((code) =>
    scales.some((scale) => scale.code === code) ? [] : [{ pointer: '/totals', message: `${id} has no score ${code}` }],
  )

function checkTable({ items, weights }: CodingTable, instrument: Instrument, pointer: string): Fault[] {
  const own = scoredItemsOf(instrument).filter(({ linkId }) => items === undefined || items.includes(linkId))
  const orders = new Set(own.map(printedWeights))
  const impossible = Object.entries(weights).filter(([, weight]) =>
    own.some(({ options }) => !options.some((one) => one.weight === weight)),
  )
  return [
    ...(orders.size > 1
      ? [{ pointer, message: 'is shared by items that print their options in different orders: give each order a list of its own' }]
      : []),
    ...impossible.map(([code, weight]) => ({ pointer: `${pointer}/weights`, message: `${code}: no option weighs ${weight}` })),
  ]
}
