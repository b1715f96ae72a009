import { readFileSync } from 'node:fs'
import type { R4Schema } from '../../src/fhir/r4-keywords.ts'

interface Case {
  readonly name: string
  readonly source: string
  readonly resource: unknown
}
interface BadCase extends Case {
  readonly expect: { readonly code: string; readonly expression: string }
}

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))

export const goodCases = read('../cases/r4/good.json') as Case[]
export const badCases = read('../cases/r4/bad.json') as BadCase[]
export const r4Schema = read('../../resources/schemas/r4.json') as R4Schema
