import { existsSync, readFileSync } from 'node:fs'
import type { Bundle, Questionnaire } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { DIALECTS } from '../../src/publish/dialect.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { type Ended, kizuna, pathOf } from './run-kizuna.ts'

const run = (...words: string[]): Promise<Ended> => kizuna(['instruments', 'export', ...words])
const read = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T

describe('kizuna instruments export', () => {
  test('one, without more: what is published, byte for byte', async () => {
    const { code, out } = await run('epds')
    expect([code, out]).toEqual([0, readFileSync('resources/fhir/Questionnaire-epds.json', 'utf8')])
  })

  test('all, in a dialect, led by Japanese, each into a file', async () => {
    const folder = pathOf('exported')
    const { code, out } = await run('--dialect', 'lforms', '--language', 'ja', '--out', folder)
    expect([code, out.trimEnd().split('\n')]).toEqual([
      0,
      expect.arrayContaining([`${folder}/Questionnaire-phq-9.json: https://w3id.org/kizuna/fhir/Questionnaire/phq-9|1.0.0, ja, draft`]),
    ])
    for (const { id } of knowledge.instruments) {
      const questionnaire = read<Questionnaire>(`${folder}/Questionnaire-${id}.json`)
      expect(knowledge.check(questionnaire)).toEqual([])
      expect([questionnaire.language, questionnaire.status]).toEqual(['ja', 'draft'])
    }
  })

  test('several into one file: a collection', async () => {
    const file = pathOf('two.json')
    expect((await run('phq-9', 'epds|1.0.0', '--out', file)).code).toBe(0)
    const bundle = read<Bundle>(file)
    expect(knowledge.check(bundle)).toEqual([])
    expect(bundle.entry!.map(({ resource }) => resource!.id)).toEqual(['phq-9', 'epds'])
  })

  test.each([
    { words: ['--dialect', 'hl7'], says: DIALECTS.join(', ') },
    { words: ['epds', '--language', 'de'], says: 'Installed: en, ja' },
    { words: ['epds|2.0.0'], says: 'epds|1.0.0' },
    { words: ['--out', '/dev/null/folder'], says: 'name a folder' },
  ])('$words: told what there is', async ({ words, says }) => {
    const { code, err, out } = await run(...words)
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(says)])
    expect(existsSync('/dev/null/folder')).toBe(false)
  })
})
