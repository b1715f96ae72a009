import type { Library } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import type { Artifact } from '../../src/publish/artifact.ts'
import { changesOf, isOurs } from '../../src/publish/compare-artifact.ts'
import { inDependencyOrder } from '../../src/publish/dependency-order.ts'
import { artifacts } from './sources.ts'

const library = (id: string, ...names: string[]): Library => ({
  resourceType: 'Library',
  id,
  url: `https://example.org/Library/${id}`,
  version: '1.0.0',
  publisher: 'Kizuna',
  status: 'active',
  type: { text: 'logic' },
  relatedArtifact: names.map((name) => ({ type: 'depends-on' as const, resource: `https://example.org/Library/${name}` })),
})
const ids = (of: readonly Artifact[]) => of.map(({ id }) => id)

describe('the order of publication', () => {
  test('what is named comes first, by url or url|version; what nobody names keeps its place', () => {
    expect(ids(inDependencyOrder([library('a', 'c|1.0.0'), library('b'), library('c', 'd'), library('d')]))).toEqual(['d', 'c', 'a', 'b'])
  })

  test('a circle ends, each once', () => {
    expect(ids(inDependencyOrder([library('a', 'b'), library('b', 'a')]))).toEqual(['b', 'a'])
  })

  test('ours: the same artifacts, each once', () => {
    expect(ids(inDependencyOrder(artifacts)).toSorted()).toEqual(ids(artifacts).toSorted())
  })
})

describe('the comparison', () => {
  test('id, version, time and narrative are the server’s', () => {
    const held = {
      ...library('a'),
      id: '7',
      meta: { versionId: '3', lastUpdated: '2026-01-01T00:00:00Z' },
      text: { status: 'generated' as const, div: '<div/>' },
    }
    expect(changesOf(held, library('a'))).toEqual([])
  })

  test('every place is named: changed, gone, new', () => {
    const { relatedArtifact: _, ...rest } = library('a')
    expect(changesOf({ ...rest, status: 'draft', usage: 'x' } as Artifact, library('a', 'b'))).toEqual([
      { path: 'status', before: '"draft"', after: '"active"' },
      { path: 'usage', before: '"x"' },
      { path: 'relatedArtifact[0].type', after: '"depends-on"' },
      { path: 'relatedArtifact[0].resource', after: '"https://example.org/Library/b"' },
    ])
  })

  test('ours is what we have published', () => {
    expect(isOurs(library('a'), library('a'))).toBe(true)
    expect(isOurs({ ...library('a'), publisher: 'kizuna' } as Artifact, library('a'))).toBe(false)
  })
})
