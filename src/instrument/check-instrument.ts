import { checkTextPack } from './check-text-pack.ts'
import { type Fault, repeated, type SchemaCheck, schemaFaults } from './fault.ts'
import { type CutOff, type Instrument, type Item, rangeOf, type Scale } from './instrument.ts'
import { isLoincCode } from './loinc.ts'
import type { TextPack } from './text-pack.ts'

/** The compiled schemas of `resources/schemas`. */
export interface InstrumentSchemas {
  readonly isInstrument: SchemaCheck<Instrument>
  readonly isTextPack: SchemaCheck<TextPack>
}

/** A scale whose cut-off the site's policy chooses. */
export const THRESHOLD_POLICY = 'threshold-policy'

/**
 * Everything wrong with one instrument and its text packs; empty when they may be used. The schema speaks first and alone: what it
 * cannot say (unique linkIds, complete weights, scales of their own scored items, cut-offs in range, LOINC check digits, complete
 * packs) is asked of a well-formed instrument only. Pointers into a pack begin with `/text/<language>`.
 */
export function checkInstrument(candidate: unknown, packs: readonly unknown[], schemas: InstrumentSchemas): Fault[] {
  if (!schemas.isInstrument(candidate)) return schemaFaults(candidate, schemas.isInstrument)
  return [
    ...checkLoinc(candidate.loinc, '/loinc'),
    ...repeated(
      candidate.items.map(({ linkId }) => linkId),
      (index) => `/items/${index}/linkId`,
    ),
    ...candidate.items.flatMap((item, index) => checkItem(item, `/items/${index}`)),
    ...repeated(
      candidate.scales.map(({ code }) => code),
      (index) => `/scales/${index}/code`,
    ),
    ...candidate.scales.flatMap((scale, index) => checkScale(candidate, scale, `/scales/${index}`)),
    ...packs.flatMap((pack, index) => checkPack(candidate, pack, index, schemas)),
  ]
}

function checkPack(instrument: Instrument, pack: unknown, index: number, { isTextPack }: InstrumentSchemas): Fault[] {
  const place = isTextPack(pack) ? pack.language : index
  return checkTextPack(instrument, pack, isTextPack).map((fault) => ({ ...fault, pointer: `/text/${place}${fault.pointer}` }))
}

const checkLoinc = (code: string | undefined, pointer: string): Fault[] =>
  code === undefined || isLoincCode(code) ? [] : [{ pointer, message: `${code} has a wrong LOINC check digit` }]

function checkItem(item: Item, pointer: string): Fault[] {
  return [
    ...checkLoinc(item.loinc, `${pointer}/loinc`),
    ...repeated(
      item.options.map(({ code }) => code),
      (index) => `${pointer}/options/${index}/code`,
    ),
    ...(isScored(item) ? checkWeights(item, pointer) : checkNoWeights(item, pointer)),
  ]
}

const isScored = ({ scored }: Item): boolean => scored !== false

/** Each of 0, 1, … max once: n options carry 0 to n − 1, in either direction. */
function checkWeights({ options }: Item, pointer: string): Fault[] {
  const due = options.map((_, weight) => weight)
  const missing = due.filter((weight) => !options.some((option) => option.weight === weight))
  return missing.map((weight) => ({ pointer: `${pointer}/options`, message: `no option weighs ${weight} of 0 to ${due.length - 1}` }))
}

const checkNoWeights = ({ options }: Item, pointer: string): Fault[] =>
  options.flatMap(({ weight }, index) =>
    weight === undefined ? [] : [{ pointer: `${pointer}/options/${index}/weight`, message: 'an item that is not scored has no weights' }],
  )

function checkScale(instrument: Instrument, scale: Scale, pointer: string): Fault[] {
  const scored = instrument.items.filter(isScored).map(({ linkId }) => linkId)
  const strangers = scale.items.flatMap((linkId, index) =>
    scored.includes(linkId) ? [] : [{ pointer: `${pointer}/items/${index}`, message: `${linkId} is no scored item of ${instrument.id}` }],
  )
  const range = rangeOf(instrument, scale)
  return [
    ...checkLoinc(scale.loinc, `${pointer}/loinc`),
    ...checkLinkIds(instrument, scale, pointer),
    ...repeated(scale.items, (index) => `${pointer}/items/${index}`),
    ...strangers,
    ...repeated(
      scale.cutOffs.map(({ id }) => id),
      (index) => `${pointer}/cutOffs/${index}/id`,
    ),
    ...scale.cutOffs.flatMap((cutOff, index) => checkCutOff(cutOff, range, `${pointer}/cutOffs/${index}`)),
    ...checkInterpretedBy(scale, pointer),
  ]
}

/** A total may stand in a response under its code or its own linkId, so neither may be a question's. */
const checkLinkIds = ({ items }: Instrument, { code, totalLinkId }: Scale, pointer: string): Fault[] =>
  items.flatMap(({ linkId }) =>
    linkId === code || linkId === totalLinkId ? [{ pointer, message: `${linkId} is an item and a total` }] : [],
  )

function checkCutOff({ value, days }: CutOff, [lowest, highest]: readonly [number, number], pointer: string): Fault[] {
  const inside = value > lowest && value <= highest
  return [
    ...(inside ? [] : [{ pointer: `${pointer}/value`, message: `${value} is not within ${lowest + 1} to ${highest}` }]),
    ...(days !== undefined && days[0] > days[1] ? [{ pointer: `${pointer}/days`, message: 'ends before it begins' }] : []),
  ]
}

function checkInterpretedBy({ interpretedBy, cutOffs }: Scale, pointer: string): Fault[] {
  if (interpretedBy === undefined || interpretedBy === THRESHOLD_POLICY) return []
  if (cutOffs.some(({ id }) => id === interpretedBy)) return []
  return [{ pointer: `${pointer}/interpretedBy`, message: `${interpretedBy} is no cut-off of this scale` }]
}
