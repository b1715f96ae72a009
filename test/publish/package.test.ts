import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Observation, QuestionnaireResponse } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { buildGoldenCases } from '../../src/publish/golden.ts'
import { buildPackageFiles } from '../../src/publish/package-files.ts'
import { buildTarball } from '../../src/publish/tarball.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { artifacts, caseOf, INSTRUMENTS, sources } from './sources.ts'

const golden = buildGoldenCases(knowledge)
const files = buildPackageFiles({ publication: sources.publication, artifacts, golden })
const textOf = (path: string) => files.find((file) => file.path === path)!.text
const json = (path: string) => JSON.parse(textOf(path))
const inFolder = (folder: string) =>
  files.map(({ path }) => path).filter((path) => new RegExp(`^${folder}/[A-Z][A-Za-z]+-[^/]+\\.json$`).test(path))

describe('the FHIR package', () => {
  test('its manifest is what the package specification asks for', () => {
    const { name, version, fhirVersions, canonical, type, author, description, license, dependencies } = json('package/package.json')
    expect(name).toMatch(/^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/)
    expect({ version, fhirVersions, canonical, type, author, license }).toEqual({
      version: '1.0.0',
      fhirVersions: ['4.0.1'],
      canonical: 'https://w3id.org/kizuna/fhir',
      type: 'IG',
      author: 'Kizuna',
      license: 'Apache-2.0',
    })
    expect(description).toBeTruthy()
    expect(dependencies).toEqual({ 'hl7.fhir.r4.core': '4.0.1', 'hl7.fhir.uv.sdc': '4.0.0' })
    const guide = json(`package/ImplementationGuide-${name}.json`)
    expect([guide.url, guide.version, guide.packageId]).toEqual([`${canonical}/ImplementationGuide/${name}`, version, name])
  })

  test.each(['package', 'package/example'])('%s: the index names each resource, with what loaders look for', (folder) => {
    const { 'index-version': indexVersion, files: listed } = json(`${folder}/.index.json`)
    expect(indexVersion).toBe(2)
    expect(listed.map(({ filename }: { filename: string }) => `${folder}/${filename}`)).toEqual(inFolder(folder))
    for (const { filename, ...entry } of listed) expect(json(`${folder}/${filename}`)).toMatchObject(entry)
    if (folder === 'package')
      expect(listed).toContainEqual({
        filename: 'StructureDefinition-proxy.json',
        resourceType: 'StructureDefinition',
        id: 'proxy',
        url: 'https://w3id.org/kizuna/fhir/StructureDefinition/proxy',
        version: '1.0.0',
        kind: 'complex-type',
        type: 'Extension',
        derivation: 'constraint',
      })
  })

  test('holds every artifact, and one scored response of each instrument whose references resolve', () => {
    expect(inFolder('package')).toHaveLength(artifacts.length)
    const examples = inFolder('package/example').map(json)
    const names = examples.map(({ resourceType, id }) => `${resourceType}/${id}`)
    const responses = examples.filter(({ resourceType }) => resourceType === 'QuestionnaireResponse')
    expect(responses.map(({ questionnaire }) => questionnaire.replace(/.*\/|\|.*/g, '')).toSorted()).toEqual([...INSTRUMENTS].toSorted())
    for (const example of examples) {
      expect(knowledge.check(example)).toEqual([])
      for (const [, target] of JSON.stringify(example).matchAll(/"reference":"([^"]+)"/g)) expect(names).toContain(target)
    }
  })

  test('the same sources give the same bytes', () => {
    const again = buildPackageFiles({ publication: sources.publication, artifacts, golden: buildGoldenCases(knowledge) })
    expect(buildTarball(again).equals(buildTarball(files))).toBe(true)
  })

  test('tar unpacks it, file by file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kizuna-package-'))
    writeFileSync(join(folder, 'kizuna.tgz'), buildTarball(files))
    execFileSync('tar', ['-xzf', 'kizuna.tgz'], { cwd: folder })
    for (const { path, text } of files) expect(readFileSync(join(folder, path), 'utf8')).toBe(text)
    rmSync(folder, { recursive: true })
  })

  test('a path too long for the format is refused', () => {
    expect(() => buildTarball([{ path: 'x'.repeat(101), text: '' }])).toThrow(RangeError)
  })
})

describe('the golden cases', () => {
  const lines = (name: string) =>
    textOf(`package/golden/${name}.ndjson`)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))

  test('line n of each file is about the same response', () => {
    const [responses, summaries, bundles] = [lines('responses'), lines('summaries'), lines('bundles')]
    expect(responses).toHaveLength(25)
    for (const [index, { id }] of responses.entries()) {
      expect([summaries[index].id, summaries[index].line]).toEqual([id, index + 1])
      expect(bundles[index]).toMatchObject({ resourceType: 'Bundle', type: 'transaction' })
      expect(knowledge.check(bundles[index])).toEqual([])
      expect(knowledge.check(responses[index])).toEqual([])
    }
  })

  test('complete cases have the sums of the literature, incomplete ones no number', () => {
    for (const { response, summary, resources } of golden) {
      const { items, scales } = caseOf(summary.instrument!)
      const weights = weightsOf(response, items)
      for (const [code, scale] of Object.entries(scales)) {
        const given = scale.items.map((linkId) => weights.get(linkId))
        const observation = resources.find(
          (one): one is Observation => one.resourceType === 'Observation' && one.code.coding![0]!.code === code,
        )!
        const isComplete = given.every((weight) => weight !== undefined)
        const total = isComplete ? given.reduce((sum, weight) => sum! + weight!, 0) : undefined
        expect(observation.valueQuantity?.value, `${response.id} ${code}`).toBe(total)
        expect(summary.scores[code]).toMatchObject(isComplete ? { state: 'complete', value: total } : { state: 'incomplete' })
      }
    }
  })

  test('safety items speak in the highest cases, and the day is known', () => {
    const highest = Object.fromEntries(
      golden.filter(({ response }) => response.id!.endsWith('-highest')).map(({ summary }) => [summary.instrument, summary]),
    )
    for (const id of ['epds', 'phq-9', 'pbq']) expect(highest[id]!.tier).toBe('immediate')
    expect(highest['mibs-j']!.rules).toContainEqual(expect.objectContaining({ id: 'B3', fired: true }))
  })
})

function weightsOf({ item = [] }: QuestionnaireResponse, items: ReturnType<typeof caseOf>['items']): Map<string, number> {
  return new Map(
    item.flatMap(({ linkId, answer }) => {
      const weight = items[linkId]?.[answer?.[0]?.valueCoding?.code ?? '']
      return weight === undefined || weight === null ? [] : [[linkId, weight] as const]
    }),
  )
}
