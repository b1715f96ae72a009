import { loadConfig, loadSite } from '../config.ts'
import { checkInstrument } from '../instrument/check-instrument.ts'
import { loadInstalled } from '../load-installed.ts'
import { loadInstrumentSchemas } from '../load-schemas.ts'
import { EXIT, type ExitCode, type Shell, type SiteOption, UsageError } from './shell.ts'

/** `kizuna instruments check`: one line for each fault, and one that says how many were looked at. Ends with 3 when there is any. */
export async function instrumentsCheck(ids: readonly string[], options: SiteOption, { env, out }: Shell): Promise<ExitCode> {
  const { instruments: installed, textPacks: packs } = loadInstalled(loadSite(options.site ?? loadConfig(env).KIZUNA_SITE))
  const unknown = ids.filter((id) => !installed.some((one) => one.id === id))
  if (unknown.length > 0)
    throw new UsageError(`No such instrument: ${unknown.join(', ')}. Installed: ${installed.map(({ id }) => id).join(', ')}.`)
  const chosen = installed.filter(({ id }) => ids.length === 0 || ids.includes(id))
  const schemas = loadInstrumentSchemas()
  const lines = chosen.flatMap((instrument) => {
    const own = packs.filter(({ instrument: id, version }) => id === instrument.id && version === instrument.version)
    const faults = checkInstrument(instrument, own, schemas)
    return faults.map(({ pointer, message }) => `${instrument.id} ${instrument.version}: ${pointer}: ${message}`)
  })
  for (const line of lines) out.write(`${line}\n`)
  out.write(`${chosen.length} instruments checked, ${lines.length} faults\n`)
  return lines.length === 0 ? EXIT.done : EXIT.refused
}
