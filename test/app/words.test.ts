import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'vite'
import { describe, expect, test } from 'vitest'
import en from '../../resources/ui/en.json' with { type: 'json' }
import ja from '../../resources/ui/ja.json' with { type: 'json' }
import { inEveryLanguage, languagesOf } from '../../src/app/languages.ts'
import { firstLanguage, LANGUAGES, sayIn } from '../../src/app/words.ts'

const FOLDER = 'src/app'
const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file))
const sourceOf = (file: string): string => readFileSync(join(FOLDER, file), 'utf8')
const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort()

describe('words of the screen', () => {
  test('both languages have the same keys', () => {
    expect(Object.keys(ja).sort()).toEqual(Object.keys(en).sort())
  })

  test('no word is empty, and both languages say the same values', () => {
    const unlike = (Object.keys(en) as (keyof typeof en)[]).filter(
      (key) => en[key].trim() === '' || ja[key].trim() === '' || placeholders(en[key]).join() !== placeholders(ja[key]).join(),
    )
    expect(unlike).toEqual([])
  })

  test('every key is used', () => {
    const sources = files.map(sourceOf).join('\n')
    const composed = [...sources.matchAll(/say\(`([a-z-]+\.)\$\{\w+\}(-[a-z]+)?`\)/g)].map(
      ([, prefix, suffix = '']) => [prefix!, suffix] as const,
    )
    const isUsed = (key: string): boolean =>
      sources.includes(`'${key}'`) ||
      sources.includes(`"${key}"`) ||
      composed.some(([prefix, suffix]) => key.startsWith(prefix) && key.endsWith(suffix))
    expect(Object.keys(en).filter((key) => !isUsed(key))).toEqual([])
  })

  test('a value takes its place, a missing one leaves nothing', () => {
    expect(sayIn('en')('range', { lower: 3, upper: 9 })).toBe('3–9')
    expect(sayIn('en')('range')).toBe('–')
  })
})

interface Node {
  readonly type: string
  readonly value?: unknown
  readonly name?: { readonly name?: string }
}

/** Attributes whose text somebody reads or hears. */
const SPOKEN = ['aria-label', 'alt', 'title', 'placeholder', 'aria-description', 'label']
const hasWords = (text: unknown): boolean => typeof text === 'string' && /\p{L}{2}/u.test(text)

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return
  if ('type' in value) yield value as Node
  for (const child of Object.values(value)) yield* nodesOf(child)
}

const literalsIn = (source: string): unknown[] =>
  [...nodesOf(parseSync('component.tsx', source).program)].flatMap((node) => {
    if (node.type === 'JSXText' && hasWords(node.value)) return [node.value]
    const text = (node.value as Node | null)?.value
    return node.type === 'JSXAttribute' && SPOKEN.includes(node.name?.name ?? '') && hasWords(text) ? [text] : []
  })

describe('components', () => {
  test('none has words of its own', () => {
    const components = files.filter((file) => file.endsWith('.tsx'))
    expect(components.length).toBeGreaterThan(20)
    expect(components.flatMap((file) => literalsIn(sourceOf(file)).map((words) => `${file}: ${words}`))).toEqual([])
  })

  test('a literal would be seen', () => {
    expect(literalsIn('export const A = () => <p title="Two words">Hello</p>')).toEqual(['Two words', 'Hello'])
  })
})

describe('a further language', () => {
  const further = languagesOf({
    '../../resources/ui/en.json': en,
    '../../resources/ui/xx.json': { 'language.name': 'Xx', 'to-chart': 'Zurück' },
  })

  test('is one more file; what it does not say is said in English', () => {
    expect([...further.keys()]).toEqual(['en', 'xx'])
    expect(further.get('xx' as 'en')).toMatchObject({ 'to-chart': 'Zurück', 'chart.title': en['chart.title'] })
  })

  test("finds the project's own words in English, and its own where a file brings them", () => {
    const data = { title: { en: 'Total', ja: '合計' }, list: [{ words: { en: 'a', ja: 'あ', xx: 'x' } }], count: 3 }
    expect(inEveryLanguage(data, [...further.keys()])).toEqual({
      title: { en: 'Total', ja: '合計', xx: 'Total' },
      list: [{ words: { en: 'a', ja: 'あ', xx: 'x' } }],
      count: 3,
    })
  })

  test('the screen offers what lies in the folder', () => {
    expect(LANGUAGES).toEqual([
      { id: 'en', name: 'English' },
      { id: 'ja', name: '日本語' },
    ])
  })
})

describe('language to begin with', () => {
  const storage = (language: string | null) => ({ getItem: () => language })
  test.each([
    { name: 'asked for in the address', address: '?lang=ja', stored: 'en', preferred: ['en-US'], language: 'ja' },
    { name: 'chosen before', address: '', stored: 'ja', preferred: ['en-US'], language: 'ja' },
    { name: "the browser's", address: '', stored: null, preferred: ['ja-JP', 'en'], language: 'ja' },
    { name: 'the first known one of the browser', address: '', stored: null, preferred: ['fr', 'ja'], language: 'ja' },
    { name: 'unknown everywhere', address: '?lang=xx', stored: 'yy', preferred: ['fr'], language: 'en' },
  ])('$name', ({ address, stored, preferred, language }) => {
    expect(firstLanguage(new URL(`http://app.test/${address}`), storage(stored), preferred)).toBe(language)
  })
})
