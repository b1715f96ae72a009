import type { CapabilityStatement } from 'fhir/r4.js'
import { expect, test } from 'vitest'
import { buildCapabilityStatement as embeddedServer } from '../../src/sandbox/fhir/metadata.ts'
import { ARTIFACT_TYPES } from '../../src/service/artifacts.ts'
import { buildCapabilityStatement as runningService } from '../../src/service/metadata.ts'
import { artifacts } from './sources.ts'

const statement = (id: string) =>
  artifacts.find((one): one is CapabilityStatement => one.resourceType === 'CapabilityStatement' && one.id === id)!

test('what is published of the service is what a running one says of itself', () => {
  const running = runningService({
    baseUrl: 'http://127.0.0.1/fhir',
    artifactTypes: ARTIFACT_TYPES,
    softwareVersion: '1',
    date: '2026-01-01',
  })
  expect(statement('scoring-service').rest![0]!.resource).toEqual(running.rest![0]!.resource)
})

test('the embedded EHR has all that is required of a hospital server', () => {
  const [had] = embeddedServer('http://127.0.0.1', undefined).rest!
  const [required] = statement('hospital-server').rest!
  expect(had!.interaction!.map(({ code }) => code)).toEqual(expect.arrayContaining(required!.interaction!.map(({ code }) => code)))
  for (const { type, interaction, searchParam = [], conditionalCreate } of required!.resource!) {
    const resource = had!.resource!.find((one) => one.type === type)!
    expect(resource.interaction!.map(({ code }) => code)).toEqual(expect.arrayContaining(interaction!.map(({ code }) => code)))
    expect(resource.searchParam!.map(({ name }) => name)).toEqual(expect.arrayContaining(searchParam.map(({ name }) => name)))
    if (conditionalCreate) expect(resource.conditionalCreate).toBe(true)
  }
})
