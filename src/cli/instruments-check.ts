import { loadConfig, loadSite } from '../config.ts'
import { checkBinding } from '../instrument/check-binding.ts'
import { checkInstrument } from '../instrument/check-instrument.ts'
import type { Instrument } from '../instrument/instrument.ts'
import { type Installed, readInstalled } from '../load-installed.ts'
import { loadBindingSchema, loadInstrumentSchemas } from '../load-schemas.ts'
import { EXIT, type ExitCode, type Shell, type SiteOption, UsageError } from './shell.ts'

/**
 * `kizuna instruments check`: instruments with their packs and the bindings that read other forms as them, the site's too: one line for each fault, and one that says
 * how many were looked at. Ends with 3 when there is any.
 */
export async function instrumentsCheck(ids: readonly string[], options: SiteOption, { env, out }: Shell): Promise<ExitCode> {
  const { installed, faults } = readInstalled(loadSite(options.site ?? loadConfig(env).KIZUNA_SITE))
  const { instruments } = installed
  const unknown = ids.filter((id) => !instruments.some((one) => one.id === id))
  if (unknown.length > 0 && faults.length === 0)
    throw new UsageError(`No such instrument: ${unknown.join(', ')}. Installed: ${instruments.map(({ id }) => id).join(', ')}.`)
  const chosen = instruments.filter(({ id }) => ids.length === 0 || ids.includes(id))
  const lines = [
    ...faults.map(({ file, pointer, message }) => `${file}: ${pointer || '/'}: ${message}`),
    ...chosen.flatMap((instrument) => faultsOf(instrument, installed)),
  ]
  for (const line of lines) out.write(`${line}\n`)
  out.write(`${chosen.length} instruments checked, ${lines.length} faults\n`)
  return lines.length === 0 ? EXIT.done : EXIT.refused
}

function faultsOf(instrument: Instrument, { textPacks, bindings, instruments }: Installed): string[] {
  const { id, version } = instrument
  const packs = textPacks.filter((pack) => pack.instrument === id && pack.version === version)
  const isBinding = loadBindingSchema()
  return [
    ...checkInstrument(instrument, packs, loadInstrumentSchemas()).map(
      ({ pointer, message }) => `${id} ${version}: ${pointer}: ${message}`,
    ),
    ...bindings
      .filter((binding) => binding.instrument === id && binding.version === version)
      .flatMap((binding) =>
        checkBinding(binding, instruments, isBinding).map((fault) => `${binding.id}: ${fault.pointer}: ${fault.message}`),
      ),
  ]
}
