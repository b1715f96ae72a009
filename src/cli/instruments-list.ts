import { loadConfig, loadSite } from '../config.ts'
import { type Completeness, completenessOf } from '../instrument/completeness.ts'
import type { Instrument, Scale } from '../instrument/instrument.ts'
import type { TextPack } from '../instrument/text-pack.ts'
import { loadInstalled } from '../load-installed.ts'
import { EXIT, type ExitCode, type Shell, type SiteOption } from './shell.ts'

/** What `instruments list --json` says of one instrument. */
interface Listed {
  readonly id: string
  readonly version: string
  readonly title: string
  readonly items: number
  readonly scales: readonly { readonly code: string; readonly items: number; readonly cutOffs: Scale['cutOffs'] }[]
  readonly languages: readonly (Pick<TextPack, 'language' | 'status' | 'wordingVersion' | 'source' | 'copyright' | 'permission'> & {
    readonly worded: Completeness
  })[]
}

/** `kizuna instruments list`: what is installed, as a table or as JSON. */
export async function instrumentsList(
  _positionals: readonly string[],
  { json = false, site }: { json?: boolean } & SiteOption,
  { env, out }: Shell,
): Promise<ExitCode> {
  const { instruments, textPacks: packs } = loadInstalled(loadSite(site ?? loadConfig(env).KIZUNA_SITE))
  const listed = instruments.map((instrument) => listedOf(instrument, packs))
  out.write(json ? `${JSON.stringify(listed, null, 2)}\n` : tableOf(listed))
  return EXIT.done
}

function listedOf(instrument: Instrument, packs: readonly TextPack[]): Listed {
  const { id, version, title, items, scales } = instrument
  return {
    id,
    version,
    title: title.en,
    items: items.length,
    scales: scales.map(({ code, items: own, cutOffs }) => ({ code, items: own.length, cutOffs })),
    languages: packs
      .filter((pack) => pack.instrument === id && pack.version === version)
      .map((pack) => {
        const { language, status, wordingVersion, source, copyright, permission } = pack
        const worded = completenessOf(instrument, pack)
        return { language, status, wordingVersion, source, copyright, ...(permission !== undefined && { permission }), worded }
      }),
  }
}

function tableOf(listed: readonly Listed[]): string {
  const rows = listed.map(({ id, version, items, scales, languages }) => [
    id,
    version,
    String(items),
    languages.map(({ language, status }) => `${language} ${status}`).join(', '),
    scales.map(({ code, cutOffs }) => [code, ...cutOffs.map(({ value }) => `≥${value}`)].join(' ')).join(', ') || '–',
  ])
  const table = [['instrument', 'version', 'items', 'wording', 'scores and cut-offs'], ...rows]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  return table
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
