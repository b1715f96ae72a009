import type { Instrument, Scale } from '../instrument/instrument.ts'
import type { TextPack } from '../instrument/text-pack.ts'
import { loadInstruments, loadTextPacks } from '../resources.ts'
import { EXIT, type ExitCode, type Shell } from './shell.ts'

/** What `instruments list --json` says of one instrument. */
interface Listed {
  readonly id: string
  readonly version: string
  readonly title: string
  readonly items: number
  readonly scales: readonly { readonly code: string; readonly items: number; readonly cutOffs: Scale['cutOffs'] }[]
  readonly languages: readonly { readonly language: string; readonly status: TextPack['status']; readonly wordingVersion: string }[]
}

/** `kizuna instruments list`: what is installed, as a table or as JSON. */
export async function instrumentsList(
  _positionals: readonly string[],
  { json = false }: { json?: boolean },
  { out }: Shell,
): Promise<ExitCode> {
  const packs = loadTextPacks()
  const listed = loadInstruments().map((instrument) => listedOf(instrument, packs))
  out.write(json ? `${JSON.stringify(listed, null, 2)}\n` : tableOf(listed))
  return EXIT.done
}

function listedOf({ id, version, title, items, scales }: Instrument, packs: readonly TextPack[]): Listed {
  return {
    id,
    version,
    title: title.en,
    items: items.length,
    scales: scales.map(({ code, items: own, cutOffs }) => ({ code, items: own.length, cutOffs })),
    languages: packs
      .filter((pack) => pack.instrument === id && pack.version === version)
      .map(({ language, status, wordingVersion }) => ({ language, status, wordingVersion })),
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
