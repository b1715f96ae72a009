import { hash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readJson } from '../publish/sources.ts'

/** Hashes of runs of the scale's published wording; the wording itself is not here. */
const FORBIDDEN = readJson<{ en: string[]; ja: string[]; da: string[] }>('test/cases/instruments/epds-wording-hashes.json')
const forbidden = new Set([...FORBIDDEN.en, ...FORBIDDEN.ja, ...FORBIDDEN.da])

const PASSED_OVER = new Set(['node_modules', '.git', 'dist', 'output', 'package-lock.json'])
const TEXT = /\.(ts|tsx|js|mjs|json|ndjson|md|html|css|txt|fsh|yaml|yml)$/

function textFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (PASSED_OVER.has(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return textFiles(path)
    return entry.isFile() && TEXT.test(entry.name) ? [path] : []
  })
}

/** Runs of four words and of eight Japanese letters, however they are punctuated or broken into lines. */
function shinglesOf(text: string): Set<string> {
  const plain = text.normalize('NFKC')
  const words =
    plain
      .toLowerCase()
      .replaceAll(/[’']/g, '')
      .match(/[a-zæøå]+/g) ?? []
  const letters = (plain.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+/gu) ?? []).join('')
  const latin = words.slice(3).map((_, start) => words.slice(start, start + 4).join(' '))
  const japanese = [...letters.slice(7)].map((_, start) => letters.slice(start, start + 8))
  return new Set([...latin, ...japanese])
}

const wordingIn = (text: string, hashes: ReadonlySet<string>): boolean =>
  [...shinglesOf(text)].some((run) => hashes.has(hash('sha256', run)))

test('no file of the project holds wording of the EPDS', () => {
  const holding = textFiles('.').filter((path) => statSync(path).size < 4e6 && wordingIn(readFileSync(path, 'utf8'), forbidden))
  expect(holding).toEqual([])
})

describe('the search finds wording', () => {
  const hashes = new Set([hash('sha256', 'a harmless made up'), hash('sha256', '無害な作り物の文')])
  test.each([
    ['in a sentence', 'Here: a harmless, made-up line.'],
    ['across lines and cases', 'A HARMLESS\n  * Made "up"'],
    ['in Japanese, across punctuation', 'これは「無害な、作り物の文」です。'],
  ])('%s', (_, text) => expect(wordingIn(text, hashes)).toBe(true))
  test('and not where it is not', () => expect(wordingIn('A harmless line, made up.', hashes)).toBe(false))
})
