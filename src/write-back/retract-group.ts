import type { Bundle, Provenance, Reference } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { sendBundle } from '../ehr/send-bundle.ts'
import { AssessmentError } from '../errors.ts'
import { softwareReference } from '../score/identity.ts'
import type { Copied, CopyGroup } from './find-copies.ts'

export interface Retraction {
  readonly softwareVersion: string
  /** FHIR instant. */
  readonly recorded: string
}

/**
 * Enters the copies of one group in error, all of them or none, each only while it is what was read (If-Match), with a Provenance that names what is kept. Their history
 * stays. Throws what the server answers: `conflict` when one has changed meanwhile; `required` where a version is not known, since nothing could guard it.
 */
export async function retractGroup(server: FhirServer, { keep, retract }: CopyGroup, retraction: Retraction): Promise<void> {
  if (retract.some(({ meta }) => meta?.versionId === undefined))
    throw new AssessmentError('required', 'The server gives its resources no versions')
  const entry = retract.map((copy) => ({
    resource: { ...copy, status: 'entered-in-error' } as Copied,
    request: { method: 'PUT' as const, url: `${copy.resourceType}/${copy.id}`, ifMatch: `W/"${copy.meta!.versionId}"` },
  }))
  const provenance = buildProvenance(retract.map(referenceTo), referenceTo(keep), retraction)
  const bundle: Bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [...entry, { resource: provenance, request: { method: 'POST', url: 'Provenance' } }],
  }
  await sendBundle(server, bundle)
}

const referenceTo = ({ resourceType, id }: Copied): Reference => ({ reference: `${resourceType}/${id}` })

const buildProvenance = (target: Reference[], kept: Reference, { softwareVersion, recorded }: Retraction): Provenance => ({
  resourceType: 'Provenance',
  target,
  recorded,
  activity: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'NULLIFY' }],
    text: 'Copy of another resource',
  },
  agent: [{ who: softwareReference(softwareVersion) }],
  entity: [{ role: 'revision', what: kept }],
})
