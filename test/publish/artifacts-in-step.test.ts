import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { artifactText, writeArtifacts } from '../../src/build/artifacts.ts'
import { artifactName } from '../../src/publish/build-artifacts.ts'
import { artifacts } from './sources.ts'

const FOLDER = 'resources/fhir'

test.each(artifacts.map((artifact) => [artifactName(artifact), artifact] as const))('%s is what the sources give', (name, artifact) => {
  expect(readFileSync(join(FOLDER, name), 'utf8')).toBe(artifactText(artifact))
})

test('nothing of a generated type lies there that the sources no longer give', () => {
  const types = new Set(artifacts.map(({ resourceType }) => resourceType as string))
  const committed = readdirSync(FOLDER).filter((name) => types.has(name.split('-')[0]!))
  expect(committed.toSorted()).toEqual(artifacts.map(artifactName).toSorted())
})

test('writing twice leaves the same files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kizuna-'))
  const names = writeArtifacts(artifacts, folder)
  writeArtifacts(artifacts, folder)
  expect(readdirSync(folder).toSorted()).toEqual(names.toSorted())
  expect(readFileSync(join(folder, names[0]!), 'utf8')).toBe(artifactText(artifacts[0]!))
  rmSync(folder, { recursive: true })
})
