import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadStories } from '../src/sandbox/load-stories.ts'

const README = readFileSync('README.md', 'utf8')
const { dependencies, devDependencies, scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  string,
  Record<string, string>
>
const kizuna = (...words: string[]): string => execFileSync('node_modules/.bin/node', ['src/cli/kizuna.js', ...words], { encoding: 'utf8' })

/** The rows of the table whose head begins with this word, as cells. */
const table = (head: string): string[][] => {
  const lines = README.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`)) + 2
  const rows = lines.slice(
    start,
    lines.findIndex((line, index) => index > start && !line.startsWith('|')),
  )
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}
const codeIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!)

test.each(['npm ci && npm start', 'npm ci && npm test'])('%s stands on a line of its own', (command) => {
  expect(README.split('\n')).toContain(command)
})

test('the scripts that it names exist', () => {
  for (const [, name] of README.matchAll(/npm run ([a-z]+)/g)) expect(scripts).toHaveProperty(name!)
})

describe('commands', () => {
  const help = kizuna('--help')
  const listed = table('command').map(([command]) => codeIn(command!)[0]!.split(' ')[1]!)

  test('all that exist are listed, and no others', () => {
    const existing = [...help.matchAll(/^ {2}([a-z]+)(?: \[|\s{2,})/gm)].map(([, name]) => name!).filter((name) => name !== 'help')
    expect([...listed].sort()).toEqual(existing.sort())
  })

  const rows = table('command').map(([command, text]) => ({ words: codeIn(command!)[0]!.split(' ').slice(1), row: `${command} ${text}` }))
  test.each(rows.map(({ words: [name, next], row }) => ({ name: name!, parts: /^[a-z]/.test(next ?? '') ? next!.split('\\|') : [], row })))(
    'the flags of $name',
    ({ name, parts, row }) => {
      const known = parts.length === 0 ? kizuna(name, '--help') : parts.map((part) => kizuna(name, part, '--help')).join('')
      for (const [flag] of row.matchAll(/--[a-z][a-z-]*/g)) expect(known).toContain(flag)
    },
  )
})

test('every dependency has its reason, and no others have', () => {
  const named = table('package').flatMap(([packages]) => codeIn(packages!))
  expect(named.sort()).toEqual(Object.keys({ ...dependencies, ...devDependencies }).sort())
})

test('the settings are those that are read', () => {
  const source = readFileSync('src/config.ts', 'utf8')
  const read = [...source.matchAll(/^ {4}([A-Z_]+): \{/gm)].map(([, name]) => name!)
  expect(table('setting').map(([setting]) => codeIn(setting!)[0])).toEqual(read)
})

test('what it links to is there', () => {
  const anchors = [...README.matchAll(/^#+ (.*)$/gm)].map(
    ([, title]) =>
      `#${title!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} -]/gu, '')
        .replaceAll(' ', '-')}`,
  )
  for (const [, target] of README.matchAll(/\]\(((?!https?:)[^)]+)\)/g))
    expect(target!.startsWith('#') ? anchors.includes(target!) : existsSync(target!), target).toBe(true)
})

test('the number of synthetic mothers', () => {
  expect(README).toContain(`with ${loadStories().mothers.length} synthetic mothers`)
})

test('the scopes are those that the app asks for', () => {
  const asked = /READ_AND_WRITE\s*=\s*((?:.|\n)*?)\n\n/.exec(readFileSync('src/app/launch/launch.ts', 'utf8'))![1]!
  const scopes = [...asked.matchAll(/[a-z]+\/[A-Za-z]+\.[a-z]+/g)].map(([scope]) => scope)
  expect(scopes.length).toBeGreaterThan(4)
  for (const scope of scopes) expect(README.replaceAll(/\s+/g, ' ')).toContain(scope)
})
