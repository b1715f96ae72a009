import { completenessOf } from '../instrument/completeness.ts'
import type { Instrument } from '../instrument/instrument.ts'
import { isSameWording, type TextPack } from '../instrument/text-pack.ts'

/**
 * The text packs in the site's folder beside the page, by the list that `instruments install` keeps there. A folder that is not there, or a file that
 * cannot be read, leaves the wording that the app was built with: captions are then never handed to a mother, so nothing unsafe follows.
 */
export async function fetchPacks(folder: string | undefined, page: string): Promise<readonly unknown[]> {
  if (folder === undefined) return []
  const base = new URL(`${folder.replace(/\/+$/, '')}/`, page)
  const index = await fetchJson(new URL('index.json', base))
  const names: unknown = (index as { packs?: unknown } | undefined)?.packs
  if (!Array.isArray(names)) return []
  const packs = await Promise.all(names.filter((name) => typeof name === 'string').map((name) => fetchJson(new URL(name, base))))
  return packs.filter((pack) => pack !== undefined)
}

async function fetchJson(address: URL): Promise<unknown> {
  try {
    const answer = await fetch(address, { cache: 'no-cache' })
    return answer.ok ? ((await answer.json()) as unknown) : undefined
  } catch {
    return undefined
  }
}

/** The project's packs, each replaced by the site's of the same instrument, version and language; only complete ones count. */
export function withSitePacks(
  instruments: readonly Instrument[],
  own: readonly TextPack[],
  fetched: readonly unknown[],
): readonly TextPack[] {
  const packs = fetched.filter((one): one is TextPack => isUsable(instruments, one))
  return [...packs, ...own.filter((pack) => !packs.some((one) => isSameWording(one, pack)))]
}

function isUsable(instruments: readonly Instrument[], candidate: unknown): boolean {
  const { instrument: id, version, language, status, permission, items, options } = (candidate ?? {}) as Partial<TextPack>
  const instrument = instruments.find((one) => one.id === id && one.version === version)
  const isWhole = [language, status, permission].every((one) => typeof one === 'string') && isWords(items) && isWords(options)
  return isWhole && instrument !== undefined && completenessOf(instrument, { items: items!, options: options! }).missing.length === 0
}

const isWords = (words: unknown): boolean =>
  typeof words === 'object' && words !== null && Object.values(words).every((one) => typeof one === 'string')
