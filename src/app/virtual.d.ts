/** Made at build time by src/build/knowledge-plugin.ts. */
declare module 'virtual:kizuna/data' {
  import type { Binding } from '../instrument/binding.ts'
  import type { Instrument } from '../instrument/instrument.ts'
  import type { TextPack } from '../instrument/text-pack.ts'
  import type { RuleSet } from '../risk/rule-set.ts'
  import type { Schedule } from '../schedule/schedule.ts'

  export const data: {
    readonly instruments: readonly Instrument[]
    readonly bindings: readonly Binding[]
    readonly textPacks: readonly TextPack[]
    readonly schedules: readonly Schedule[]
    readonly ruleSet: RuleSet
    readonly ruleSetHash: string
    readonly softwareVersion: string
  }
}

declare module 'virtual:kizuna/r4' {
  import type { ValidateFunction } from 'ajv'

  export const validators: (resourceType: string) => ValidateFunction | undefined
}
