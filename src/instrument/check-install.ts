import { checkTextPack } from './check-text-pack.ts'
import type { Fault, SchemaCheck } from './fault.ts'
import type { Instrument } from './instrument.ts'
import type { TextPack } from './text-pack.ts'

/**
 * Why a pack may not be installed; empty when it may. Besides what every pack needs (every item and option, copyright line, language, wording
 * version), a permission must be named, whatever the status: the owner's letter, or, for wording that is free, where that is said.
 */
export function checkInstall(candidate: unknown, instruments: readonly Instrument[], isTextPack: SchemaCheck<TextPack>): Fault[] {
  const {
    instrument: id,
    version,
    permission,
  } = (typeof candidate === 'object' && candidate !== null ? candidate : {}) as Partial<TextPack>
  const instrument = instruments.find((one) => one.id === id && one.version === version)
  const unknown = { pointer: '/instrument', message: `${id ?? 'nothing'} ${version ?? ''} is not installed: ${known(instruments)}` }
  const unpermitted = {
    pointer: '/permission',
    message: "is missing: the reference of the owner's permission, or where it is said that none is needed",
  }
  if (instrument === undefined) return [unknown]
  const faults = checkTextPack(instrument, candidate, isTextPack)
  const isSaid = faults.some(({ message }) => message.includes("'permission'"))
  return [...faults, ...(permission === undefined && !isSaid ? [unpermitted] : [])]
}

const known = (instruments: readonly Instrument[]): string => instruments.map(({ id, version }) => `${id} ${version}`).join(', ')
