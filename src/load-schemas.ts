import { Ajv } from 'ajv'
import type { Binding } from './instrument/binding.ts'
import type { InstrumentSchemas } from './instrument/check-instrument.ts'
import type { SchemaCheck } from './instrument/fault.ts'
import type { Instrument } from './instrument/instrument.ts'
import type { TextPack } from './instrument/text-pack.ts'
import { readResource } from './resources.ts'

/** The compiled schemas that instruments and text packs are checked with. */
export function loadInstrumentSchemas(): InstrumentSchemas {
  const ajv = new Ajv({ allErrors: true })
  return {
    isInstrument: ajv.compile<Instrument>(readResource('schemas', 'instrument.json')),
    isTextPack: ajv.compile<TextPack>(readResource('schemas', 'text-pack.json')),
  }
}

/** The compiled schema that bindings are checked with. */
export const loadBindingSchema = (): SchemaCheck<Binding> =>
  new Ajv({ allErrors: true, allowUnionTypes: true }).compile<Binding>(readResource('schemas', 'binding.json'))
