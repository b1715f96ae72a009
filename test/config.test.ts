import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig, loadSite } from '../src/config.ts'
import { DEFAULT_SITE } from '../src/risk/knowledge.ts'

const folder = mkdtempSync(join(tmpdir(), 'kizuna-site-'))
const siteFile = (content: unknown): string => {
  const file = join(folder, 'site.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

describe('environment', () => {
  test('empty: the defaults', () =>
    expect(loadConfig({ PATH: '/bin' })).toMatchObject({ KIZUNA_DATA: 'kizuna-data', PORT: 8080, LOG_LEVEL: 'warn' }))

  test('every fault is named, and no value', () => {
    const load = () => loadConfig({ PORT: 'secret', LOG_LEVEL: 'secret' })
    expect(load).toThrow(/PORT.*LOG_LEVEL/)
    expect(load).not.toThrow(/secret/)
  })
})

describe('site file', () => {
  test('none: the defaults', () => expect(loadSite(undefined)).toEqual(DEFAULT_SITE))

  test('what it leaves out keeps its default', () =>
    expect(loadSite(siteFile({ $schema: './site.schema.json', thresholdPolicy: 'cox10', language: 'ja' }))).toEqual({
      ...DEFAULT_SITE,
      thresholdPolicy: 'cox10',
      language: 'ja',
    }))

  test.each([
    { name: 'an unknown setting', content: { thresholdPolcy: 'cox10' }, says: 'thresholdPolcy' },
    { name: 'an unknown policy', content: { thresholdPolicy: 'cox11' }, says: 'jp9, cox10, levis11, cox13' },
    { name: 'a text in one language', content: { safetyText: { en: 'Call' } }, says: 'safetyText' },
    { name: 'a window of no days', content: { tierWindowDays: 0 }, says: 'tierWindowDays' },
    { name: 'a number as text', content: { tierWindowDays: '90' }, says: 'tierWindowDays' },
    { name: 'a list', content: [], says: 'object' },
    { name: 'no JSON', content: '{', says: 'not JSON' },
  ])('$name is refused', ({ content, says }) => expect(() => loadSite(siteFile(content))).toThrow(says))
})
