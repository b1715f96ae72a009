import nock from 'nock'
import { afterEach, describe, expect, test } from 'vitest'
import { fetchPacks, withSitePacks } from '../../src/app/site-packs.ts'
import { packFor, type TextPack, textStatusOf } from '../../src/instrument/text-pack.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { instrument } from '../fixtures/responses.ts'

const ORIGIN = 'https://clinic.example.org'
const PAGE = `${ORIGIN}/kizuna/smart-launch.html`
const { textPacks, instruments } = knowledge

afterEach(() => nock.cleanAll())

const own = textPacks.find((pack) => pack.instrument === 'mibs-j' && pack.language === 'ja')!
const licensed: TextPack = { ...own, status: 'licensed', permission: 'Letter of 1 April 2026' }

describe("the site's text packs beside the page", () => {
  test('are found by the list in their folder, and stand in place of ours', async () => {
    nock(ORIGIN)
      .get('/kizuna/packs/index.json')
      .reply(200, { packs: ['mibs-j/1.0.0/ja.json', 'gone.json'] })
      .get('/kizuna/packs/mibs-j/1.0.0/ja.json')
      .reply(200, licensed)
      .get('/kizuna/packs/gone.json')
      .reply(404)
    const packs = withSitePacks(instruments, textPacks, await fetchPacks('packs', PAGE))
    expect(packFor(packs, instrument('mibs-j'), 'ja')).toEqual(licensed)
    expect(packs.filter(({ instrument: id, language }) => id === 'mibs-j' && language === 'ja')).toHaveLength(1)
    expect(textStatusOf(packs, instrument('mibs-j'), 'en')).toBe('unverified')
  })

  test('a folder that is not there leaves ours', async () => {
    nock(ORIGIN).get('/kizuna/packs/index.json').reply(404)
    expect(await fetchPacks('packs/', PAGE)).toEqual([])
    expect(await fetchPacks(undefined, PAGE)).toEqual([])
  })

  const { 'mibs-j-3': _three, ...nine } = own.items
  test.each([
    ['incomplete', { ...licensed, items: nine }],
    ['without permission', { ...licensed, permission: undefined }],
    ['of another version', { ...licensed, version: '2.0.0' }],
    ['no pack at all', null],
    ['with a number for a word', { ...licensed, items: { ...own.items, 'mibs-j-3': 3 } }],
  ])('one that is %s does not count', (_name, pack) => {
    expect(withSitePacks(instruments, textPacks, [pack])).toEqual(textPacks)
  })
})
