import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'

const CORE = [
  'errors.ts',
  'json-object.ts',
  'json.ts',
  'once.ts',
  'instrument',
  'score',
  'trajectory',
  'schedule',
  'risk',
  'fhir',
  'assess.ts',
  'summary.ts',
  'explain.ts',
  'emit.ts',
]
const LOADERS = ['resources.ts', 'load-knowledge.ts', 'load-installed.ts', 'load-schemas.ts']

/** Who may import whom inside src/, in the order of the flow. A unit not named here may import nothing. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'errors.ts': [],
  'json-object.ts': [],
  'json.ts': ['once.ts'],
  'once.ts': [],
  instrument: ['errors.ts'],
  score: ['errors.ts', 'json-object.ts', 'once.ts', 'instrument'],
  trajectory: ['errors.ts', 'instrument', 'score'],
  schedule: ['errors.ts', 'instrument', 'score', 'trajectory'],
  risk: ['errors.ts', 'json.ts', 'once.ts', 'instrument', 'score', 'trajectory', 'schedule'],
  fhir: ['errors.ts', 'json-object.ts', 'json.ts', 'once.ts', 'instrument', 'score', 'trajectory', 'schedule', 'risk'],
  'assess.ts': ['errors.ts', 'instrument', 'score', 'trajectory', 'schedule', 'risk', 'fhir'],
  'summary.ts': ['errors.ts', 'json.ts', 'once.ts', 'instrument', 'score', 'trajectory', 'risk'],
  'explain.ts': ['instrument', 'risk', 'trajectory'],
  'emit.ts': ['errors.ts', 'json.ts', 'risk', 'fhir'],
  uuid: [],
  'log.ts': ['errors.ts'],
  'metrics.ts': [],
  'resources.ts': ['instrument', 'risk', 'schedule', 'publish'],
  'load-installed.ts': ['resources.ts', 'load-schemas.ts', 'config.ts', 'instrument', 'risk', 'publish'],
  'load-knowledge.ts': ['resources.ts', 'load-installed.ts', 'fhir', 'risk', 'score', 'instrument'],
  'load-schemas.ts': ['resources.ts', 'instrument'],
  'config.ts': ['resources.ts', 'risk', 'ehr'],
  publish: CORE,
  ehr: ['errors.ts', 'json-object.ts', 'once.ts', 'fhir', 'log.ts'],
  'write-back': [...CORE, 'ehr'],
  queue: ['errors.ts', 'log.ts'],
  worker: [...CORE, 'ehr', 'log.ts', 'metrics.ts', 'write-back', 'queue'],
  bulk: [...CORE, 'ehr'],
  service: [...CORE, 'ehr', 'log.ts', 'metrics.ts', 'publish', 'write-back', 'queue', 'worker'],
  app: [...CORE, 'ehr', 'publish', 'write-back'],
  sandbox: [...CORE, ...LOADERS, 'ehr', 'log.ts', 'publish', 'write-back'],
  build: [...CORE, ...LOADERS, 'publish'],
  cli: [
    ...CORE,
    ...LOADERS,
    'config.ts',
    'log.ts',
    'metrics.ts',
    'publish',
    'ehr',
    'write-back',
    'queue',
    'worker',
    'bulk',
    'service',
    'sandbox',
  ],
}
/** The core, the same code in Node and in the browser: no clock, no randomness, no environment, no disk, no network. */
const PURE = CORE
const IMPURE = [
  /\bprocess\./,
  /\bDate\.now\b/,
  /\bnew Date\(\)/,
  /\bMath\.random\b/,
  /\bfetch\(/,
  /\bcrypto\.randomUUID\b/,
  /\bperformance\.now\b/,
]
const TOUCHES_DISK = /^node:(fs|fs\/promises|sqlite)$/
const DISK = [...LOADERS, 'config.ts', 'build', 'sandbox', 'cli', 'queue']
const MAKES_CODE = ['fhir/compile-r4.ts', 'config.ts', 'load-schemas.ts', 'build']

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(tsx?|js)$/.test(file) && !file.endsWith('.d.ts'))
const unitOf = (file: string): string => file.split('/')[0]!
const sourceOf = (file: string): string => readFileSync(posix.join('src', file), 'utf8')
const codeOf = (file: string): string => sourceOf(file).replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

interface Import {
  readonly name: string
  readonly typeOnly: boolean
}

/** Static and dynamic imports and re-exports. */
function importsOf(file: string): Import[] {
  const statements = codeOf(file).matchAll(
    /\b(?:import|export)\s+(type\s+)?(?:[^'"();]*?\bfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g,
  )
  return [...statements].map(([, type, name, dynamic]) => ({ name: (name ?? dynamic)!, typeOnly: type !== undefined }))
}

const isOwn = ({ name }: Import): boolean => name.startsWith('.')
const targetOf = (file: string, name: string): string => posix.join(posix.dirname(file), name)
const isIn = (file: string, places: readonly string[]): boolean => places.includes(file) || places.includes(unitOf(file))

test('every unit has its line', () => {
  expect([...new Set(files.map(unitOf))].filter((unit) => !(unit in MAY_IMPORT))).toEqual([])
})

describe('imports', () => {
  test.each(files)('%s', (file) => {
    const unit = unitOf(file)
    for (const one of importsOf(file)) {
      if (isOwn(one)) {
        const target = targetOf(file, one.name)
        if (target.startsWith('..')) continue
        expect([unit, ...(MAY_IMPORT[unit] ?? [])], `${file} -> ${one.name}`).toContain(unitOf(target))
        expect(one.name, `${file}: own files are imported with their ending`).toMatch(/\.(tsx?|css|json|svg)$/)
      }
      expect(one.name, `${file} imports lodash by function`).not.toMatch(/^lodash(\/fp)?$/)
    }
  })

  test('outside of src only data is imported: never test, never what was built', () => {
    const outside = files
      .flatMap((file) =>
        importsOf(file)
          .filter(isOwn)
          .map(({ name }) => targetOf(file, name)),
      )
      .filter((target) => target.startsWith('..') && !target.startsWith('../resources/'))
    expect(outside).toEqual([])
  })
})

describe('the core is pure', () => {
  test.each(files.filter((file) => isIn(file, PURE)))('%s', (file) => {
    for (const pattern of IMPURE) expect(codeOf(file), String(pattern)).not.toMatch(pattern)
    expect(importsOf(file).filter(({ name }) => name.startsWith('node:'))).toEqual([])
  })
})

test('the disk is touched by shells and loaders only', () => {
  const touching = files.filter((file) => importsOf(file).some(({ name }) => TOUCHES_DISK.test(name)))
  expect(touching.filter((file) => !isIn(file, DISK))).toEqual([])
})

test('code is made at run time by the compiler of R4 and the loaders only: the app forbids it', () => {
  const making = files.filter((file) => codeOf(file).match(/\bnew Ajv\b/))
  expect(making.filter((file) => !isIn(file, MAKES_CODE))).toEqual([])
})

test('the process is touched by main alone among the commands', () => {
  const touching = files.filter((file) => unitOf(file) === 'cli' && /\bprocess\.(?!getuid)|\bconsole\./.test(codeOf(file)))
  expect(touching.sort()).toEqual(['cli/kizuna.js', 'cli/main.ts'])
})

test('no barrels, no drawers', () => {
  expect(files.filter((file) => /(^|\/)(index|utils?|helpers?|common|misc|lib)(\.|\/)/.test(file))).toEqual([])
})
