import type { CapabilityStatement, CapabilityStatementRestResource, CapabilityStatementRestResourceSearchParam } from 'fhir/r4.js'
import { parametersOf, SEARCH_PARAMETERS, type SearchKind } from './search-parameters.ts'

/** Absolute urls of the SMART authorization server. */
export interface OauthUris {
  readonly authorize: string
  readonly token: string
  readonly introspect?: string
  readonly revoke?: string
}

const BULK = 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition'
const DATE = '2026-01-01'
const SMART_SERVICE = { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }
const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'

/**
 * What this server does, no more and no less: made from the same table that search is.
 * @see https://hl7.org/fhir/R4/capabilitystatement.html
 */
export function buildCapabilityStatement(base: string, oauthUris: OauthUris | undefined): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: DATE,
    kind: 'instance',
    software: { name: 'Kizuna embedded EHR' },
    implementation: { description: 'A FHIR server with synthetic data for trying out and testing', url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        security: buildSecurity(oauthUris),
        resource: Object.keys(SEARCH_PARAMETERS).map(buildResource),
        interaction: [{ code: 'transaction' }, { code: 'batch' }],
        operation: [{ name: 'export', definition: `${BULK}/export` }],
      },
    ],
  }
}

function buildSecurity(oauthUris: OauthUris | undefined) {
  const uris = Object.entries(oauthUris ?? {}).map(([url, valueUri]) => ({ url, valueUri: String(valueUri) }))
  return {
    ...(uris.length > 0 && { extension: [{ url: OAUTH_URIS, extension: uris }] }),
    cors: true,
    service: [{ coding: [SMART_SERVICE], text: 'OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)' }],
  }
}

function buildResource(type: string): CapabilityStatementRestResource {
  const includes = referencesTo(type, undefined)
  const revincludes = Object.keys(SEARCH_PARAMETERS).flatMap((source) => referencesTo(source, type))
  const parameters = Object.entries(parametersOf(type)).map(([name, { kind }]) => ({ name, type: publishedKind(name, kind) }))
  return {
    type: type as CapabilityStatementRestResource['type'],
    interaction: (['read', 'vread', 'update', 'delete', 'history-instance', 'create', 'search-type'] as const).map((code) => ({ code })),
    versioning: 'versioned',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: true,
    conditionalRead: 'not-match',
    conditionalUpdate: true,
    conditionalDelete: 'not-supported',
    referencePolicy: ['literal', 'logical'],
    ...(includes.length > 0 && { searchInclude: includes }),
    ...(revincludes.length > 0 && { searchRevInclude: revincludes }),
    searchParam: parameters,
    operation: [
      { name: 'validate', definition: 'http://hl7.org/fhir/OperationDefinition/Resource-validate' },
      ...(type === 'Patient' ? [{ name: 'export', definition: `${BULK}/patient-export` }] : []),
    ],
  }
}

/** R4 has no kind for canonicals: `_profile` is a uri there, `questionnaire` a reference. */
function publishedKind(name: string, kind: SearchKind): CapabilityStatementRestResourceSearchParam['type'] {
  if (kind !== 'canonical') return kind
  return name === '_profile' ? 'uri' : 'reference'
}

/** The reference parameters of a type, as `Type:param`; with a target those that may lead to it. */
function referencesTo(source: string, target: string | undefined): string[] {
  return Object.entries(parametersOf(source)).flatMap(([name, { kind, targets }]) =>
    kind === 'reference' && (target === undefined || targets === undefined || targets.includes(target)) ? [`${source}:${name}`] : [],
  )
}
