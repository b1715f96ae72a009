import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { buildGoldenCases } from '../../src/publish/golden.ts'
import { buildPackageFiles } from '../../src/publish/package-files.ts'
import { buildTarball } from '../../src/publish/tarball.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { artifacts, sources } from '../publish/sources.ts'
import { fromEngines, missingEngines } from './install.ts'

interface Loader {
  loadPackage(name: string, version: string): Promise<string>
  findPackageJSON(name: string, version: string): { readonly canonical: string }
  findResourceInfos(key: string): readonly { readonly resourceType: string; readonly id: string }[]
  findResourceJSON(key: string): unknown
}
interface PackageLoading {
  readonly createSQLJSPackageDB: () => Promise<object>
  readonly DiskBasedPackageCache: new (folder: string) => object
  readonly BasePackageLoader: new (db: object, cache: object, registry: object, builds: object) => Loader
}

const missing = missingEngines()

describe.skipIf(missing !== undefined)(
  `the loader that FHIR Shorthand uses${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    test('takes our package, finds every artifact in it, by its url too', async () => {
      const { publication } = sources
      const tarball = buildTarball(buildPackageFiles({ publication, artifacts, golden: buildGoldenCases(knowledge) }))
      const { createSQLJSPackageDB, DiskBasedPackageCache, BasePackageLoader } = fromEngines('fhir-package-loader') as PackageLoading
      const folder = mkdtempSync(join(tmpdir(), 'kizuna-loader-'))
      const registry = { resolveVersion: async (_: string, version: string) => version, download: async () => Readable.from(tarball) }
      const loader = new BasePackageLoader(await createSQLJSPackageDB(), new DiskBasedPackageCache(folder), registry, {})

      expect(await loader.loadPackage(publication.packageId, publication.version)).toBe('LOADED')
      expect(loader.findPackageJSON(publication.packageId, publication.version).canonical).toBe('https://w3id.org/kizuna/fhir')
      const found = loader.findResourceInfos('*').map(({ resourceType, id }) => `${resourceType}/${id}`)
      expect(found.toSorted()).toEqual(artifacts.map(({ resourceType, id }) => `${resourceType}/${id}`).toSorted())
      for (const artifact of artifacts) if ('url' in artifact) expect(loader.findResourceJSON(artifact.url!)).toEqual(artifact)
      rmSync(folder, { recursive: true })
    })
  },
)
