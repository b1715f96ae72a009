import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createProgress } from '../../src/cli/progress.ts'
import type { Shell } from '../../src/cli/shell.ts'

const tally = { scored: 1234, incomplete: 2, retracted: 0, refused: 1, immediate: 3 }

/** What stands on stderr after one second of work. */
function shownWith(isTerminal: Shell['isTerminal'], writesToFile = false): string {
  const err = new PassThrough()
  let time = 0
  const shell = { err, isTerminal, now: () => new Date(time) } as unknown as Shell
  const progress = createProgress(shell, writesToFile)
  time = 1000
  progress.show(tally)
  progress.show(tally)
  progress.end(tally)
  return String(err.read() ?? '')
}

const LAST = '1,237 responses: 1,234 scored, 2 incomplete, 1 refused; immediate: 3\n'

test('stderr is a terminal: count and rate, cleared by the last line', () =>
  expect(shownWith({ stdin: false, out: false, err: true })).toBe(`\r\u001b[K1,237 responses, 1,237 a second\r\u001b[K${LAST}`))

test('results scroll over the same terminal: the last line only', () =>
  expect(shownWith({ stdin: false, out: true, err: true })).toBe(LAST))

test('results go to a file: progress is shown', () => expect(shownWith({ stdin: false, out: true, err: true }, true)).toContain('a second'))

test('no terminal: nothing', () => expect(shownWith({ stdin: false, out: true, err: false })).toBe(''))
