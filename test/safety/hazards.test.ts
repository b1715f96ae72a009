import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readResource } from '../../src/resources.ts'

interface Hazard {
  readonly id: string
  readonly hazard: string
  readonly cause: string
  readonly control: string
  readonly test: { readonly file: string; readonly title: string }
}
const { hazards } = readResource<{ hazards: Hazard[] }>('safety', 'hazards.json')

test('every hazard is numbered once', () => {
  expect(new Set(hazards.map(({ id }) => id)).size).toBe(hazards.length)
})

test.each(hazards)('$id: $control', ({ hazard, cause, control, test: shown }) => {
  for (const text of [hazard, cause, control, shown.title]) expect(text).not.toBe('')
  expect(readFileSync(shown.file, 'utf8')).toContain(shown.title)
})
