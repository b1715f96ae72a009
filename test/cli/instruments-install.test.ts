import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Questionnaire } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import type { TextPack } from '../../src/instrument/text-pack.ts'
import { instrument, response } from '../fixtures/responses.ts'
import { fileOf, kizuna, linesOf } from './run-kizuna.ts'

/** Every item and option of the MIBS-J, in words of nobody. */
function packOf(change: Partial<TextPack> | Record<string, unknown> = {}): TextPack {
  const { id, version, items } = instrument('mibs-j')
  const pack: TextPack = {
    instrument: id,
    version,
    language: 'da',
    status: 'licensed',
    wordingVersion: 'test-1',
    title: 'Titel',
    copyright: 'A test',
    source: 'Made up for this test',
    permission: 'Letter of 1 April 2026',
    items: Object.fromEntries(items.map(({ linkId }) => [linkId, `Ord ${linkId}`])),
    options: Object.fromEntries(items.flatMap(({ options }) => options.map(({ code }) => [code, `Svar ${code}`]))),
  }
  return { ...pack, ...change }
}

const newSite = (): { site: string; packs: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'kizuna-site-'))
  const site = join(folder, 'site.json')
  writeFileSync(site, JSON.stringify({ packs: 'packs' }))
  return { site, packs: join(folder, 'packs') }
}
const install = (pack: unknown, site: string, ...more: string[]) =>
  kizuna(['instruments', 'install', fileOf(JSON.stringify(pack), `pack-${Math.random()}.json`), '--site', site, ...more])

describe('instruments install', () => {
  test('a pack in a new language, without touching code: listed, published as active, on the results', async () => {
    const { site, packs } = newSite()
    const { code, out } = await install(packOf(), site)
    expect([code, out]).toEqual([0, expect.stringContaining('mibs-j 1.0.0 in da, wording test-1, licensed: installed')])
    expect(JSON.parse(readFileSync(join(packs, 'index.json'), 'utf8'))).toEqual({ packs: ['mibs-j/1.0.0/da.json'] })

    const listed = JSON.parse((await kizuna(['instruments', 'list', '--json', '--site', site])).out) as {
      id: string
      languages: object[]
    }[]
    expect(listed.find(({ id }) => id === 'mibs-j')?.languages).toContainEqual(
      expect.objectContaining({
        language: 'da',
        status: 'licensed',
        permission: 'Letter of 1 April 2026',
        worded: { items: 10, ofItems: 10, options: 4, ofOptions: 4, missing: [] },
      }),
    )
    expect((await kizuna(['instruments', 'check', 'mibs-j', '--site', site])).code).toBe(0)

    const exported = JSON.parse((await kizuna(['instruments', 'export', 'mibs-j', '--site', site])).out) as Questionnaire
    expect(exported).toMatchObject({ status: 'active', language: 'da' })
    expect(exported.experimental ?? false).toBe(false)

    const danish = response('mibs-j', [1, 1, 0, 0, 0, 0, 0, 0, 0, 0], { language: 'da-DK' })
    const score = await kizuna(['score', '--emit', 'resources', '--site', site], JSON.stringify(danish))
    expect(linesOf<{ resourceType: string; meta: { tag: object[] } }>(score)[0]!.meta.tag).toEqual([
      expect.objectContaining({ code: 'licensed' }),
    ])
    const without = await kizuna(['score'], JSON.stringify(danish))
    expect(without.out).toContain('text status unverified')
  })

  test('twice changes nothing; what it replaces is kept', async () => {
    const { site, packs } = newSite()
    await install(packOf(), site)
    expect((await install(packOf(), site)).out).toContain('is installed already, nothing was changed')
    expect((await install(packOf({ wordingVersion: 'test-2' }), site)).out).toContain('what it replaces is kept')
    expect(readdirSync(join(packs, 'mibs-j/1.0.0/replaced'))).toEqual([expect.stringMatching(/^da\.test-1\.[0-9a-f]{8}\.json$/)])
    expect(JSON.parse(readFileSync(join(packs, 'mibs-j/1.0.0/da.json'), 'utf8'))).toMatchObject({ wordingVersion: 'test-2' })
  })

  test('--dry-run writes nothing', async () => {
    const { site, packs } = newSite()
    expect((await install(packOf(), site, '--dry-run')).out).toContain('would be installed')
    expect(() => readdirSync(packs)).toThrow()
  })

  const { 'mibs-j-3': _three, ...nine } = packOf().items
  test.each([
    ['an item less', { items: nine }, '/items: has no wording for mibs-j-3'],
    ['an option less', { options: { 'mibs-j-a': 'Svar' } }, '/options: has no wording for mibs-j-b'],
    ['no permission', { permission: undefined }, 'permission'],
    ['no permission for free wording either', { permission: undefined, status: 'official' }, '/permission: is missing'],
    ['no copyright line', { copyright: undefined }, 'copyright'],
    ['no wording version', { wordingVersion: undefined }, 'wordingVersion'],
    ['no language', { language: undefined }, 'language'],
    ['a language that is none', { language: 'Danish!' }, '/language'],
    ['an instrument that is not installed', { version: '7.0.0' }, '/instrument: mibs-j 7.0.0 is not installed'],
    ['wording of something else', { items: { ...packOf().items, 'mibs-j-11': 'Ord' } }, 'the instrument has no mibs-j-11'],
  ])('%s: refused by field, and nothing is changed', async (_name, change, message) => {
    const { site, packs } = newSite()
    const { code, out } = await install(packOf(change), site)
    expect([code, out]).toEqual([3, expect.stringContaining(message)])
    expect(out).toContain('Nothing was changed')
    expect(() => readdirSync(packs)).toThrow()
  })

  test('a pack that was broken by hand stops every command, with file and place', async () => {
    const { site, packs } = newSite()
    await install(packOf(), site)
    const file = join(packs, 'mibs-j/1.0.0/da.json')
    writeFileSync(file, JSON.stringify(packOf({ items: nine })))
    const { code, err } = await kizuna(['instruments', 'list', '--site', site])
    expect([code, err]).toEqual([2, expect.stringContaining('has no wording for mibs-j-3')])
    expect(err).toContain(file)
    const checked = await kizuna(['instruments', 'check', '--site', site])
    expect([checked.code, checked.out]).toEqual([3, expect.stringContaining(`${file}: /items: has no wording for mibs-j-3`)])
  })

  test('nowhere to install, or no file: a wrong call', async () => {
    const file = fileOf(JSON.stringify(packOf()), 'pack.json')
    expect(await kizuna(['instruments', 'install', file])).toMatchObject({ code: 2, err: expect.stringContaining('--packs') })
    expect(await kizuna(['instruments', 'install', '/nowhere.json', '--packs', '/tmp/x'])).toMatchObject({ code: 2 })
  })
})
