import { type Fault, type SchemaCheck, schemaFaults } from './fault.ts'
import type { Instrument } from './instrument.ts'
import type { TextPack } from './text-pack.ts'

/**
 * What is wrong with a text pack of this instrument: the schema (status, language, wording version, copyright line, and a permission
 * for `licensed`), the instrument and version it names, and every item and option worded, with nothing else in it.
 * @see the project's contract on wording and licence
 */
export function checkTextPack(instrument: Instrument, candidate: unknown, isTextPack: SchemaCheck<TextPack>): Fault[] {
  if (!isTextPack(candidate)) return schemaFaults(candidate, isTextPack)
  const options = instrument.items.flatMap((item) => item.options.map(({ code }) => code))
  return [
    ...same('/instrument', candidate.instrument, instrument.id),
    ...same('/version', candidate.version, instrument.version),
    ...complete(
      '/items',
      candidate.items,
      instrument.items.map(({ linkId }) => linkId),
    ),
    ...complete('/options', candidate.options, options),
  ]
}

const same = (pointer: string, given: string, due: string): Fault[] =>
  given === due ? [] : [{ pointer, message: `is ${given}, not ${due}` }]

function complete(pointer: string, given: Readonly<Record<string, string>>, due: readonly string[]): Fault[] {
  const missing = [...new Set(due)].filter((key) => !Object.hasOwn(given, key))
  const extra = Object.keys(given).filter((key) => !due.includes(key))
  return [
    ...missing.map((key) => ({ pointer, message: `has no wording for ${key}` })),
    ...extra.map((key) => ({ pointer: `${pointer}/${escaped(key)}`, message: `the instrument has no ${key}` })),
  ]
}

/** @see https://www.rfc-editor.org/rfc/rfc6901 section 3; PHQ-9 linkIds begin with a slash. */
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')
