import type { RequestHandler } from 'express'
import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.js'
import { BASE } from '../instrument/instrument.ts'
import { artifactSearches } from '../publish/capability-statement.ts'
import type { ArtifactType } from './artifacts.ts'
import { sendResource } from './error-handler.ts'

export interface ServiceDescription {
  readonly baseUrl: string
  readonly artifactTypes: readonly ArtifactType[]
  readonly softwareVersion: string
  /** Whether pages of other origins may call. */
  readonly cors?: boolean
  /** When this version of the statement was made. */
  readonly date: string
}

const SDC = 'http://hl7.org/fhir/uv/sdc/OperationDefinition'
const SDC_EXTRACT = `${SDC}/QuestionnaireResponse-extract`
const SDC_POPULATE = `${SDC}/Questionnaire-populate`

/**
 * What this service does, no more and no less.
 * @see https://hl7.org/fhir/R4/capabilitystatement.html
 */
export function buildCapabilityStatement({
  baseUrl,
  artifactTypes,
  softwareVersion,
  cors = false,
  date,
}: ServiceDescription): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date,
    kind: 'instance',
    software: { name: 'Kizuna', version: softwareVersion },
    implementation: { description: 'Scores perinatal questionnaires; publishes them', url: baseUrl },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        documentation:
          'Stores no patient data of its own. Artifacts and operations need a bearer token; $score refuses single responses, never the call.',
        security: {
          cors,
          service: [
            {
              coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }],
              text: 'OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)',
            },
          ],
        },
        resource: [...artifactTypes.map(artifactResource), RESPONSE_RESOURCE],
      },
    ],
  }
}

const artifactResource = (type: ArtifactType): CapabilityStatementRestResource => ({
  type,
  interaction: [{ code: 'read' }, { code: 'search-type' }],
  searchParam: artifactSearches(type),
  ...(type === 'Questionnaire' && { operation: [{ name: 'populate', definition: SDC_POPULATE }] }),
})

const RESPONSE_RESOURCE: CapabilityStatementRestResource = {
  type: 'QuestionnaireResponse',
  operation: [
    { name: 'score', definition: `${BASE}/OperationDefinition/QuestionnaireResponse-score` },
    { name: 'extract', definition: SDC_EXTRACT },
  ],
}

export function metadata(description: ServiceDescription): RequestHandler {
  const statement = buildCapabilityStatement(description)
  return (_req, res) => sendResource(res, 200, statement)
}
