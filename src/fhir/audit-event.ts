import type { AuditEvent, Reference } from 'fhir/r4.js'
import type { Knowledge } from '../risk/knowledge.ts'
import type { Context } from '../score/context.ts'
import { RESULT_SYSTEM, softwareReference } from '../score/identity.ts'
import { clinicianOf, type Recording } from './provenance.ts'

/** What an audit says of one write. */
export interface Audited {
  /** Stands as a tag, as R4 gives it no identifier. */
  readonly value: string
  readonly subject: Reference | undefined
  readonly targets: readonly Reference[]
  /** Nothing was there before. */
  readonly isFirst: boolean
}

/**
 * The AuditEvent of one write (site setting `auditEvents`): who wrote what about whom, and of which response; never what was answered.
 * @see https://hl7.org/fhir/R4/auditevent.html
 */
export function buildAuditEvent(
  { softwareVersion }: Knowledge,
  { responseReference, author }: Pick<Context, 'responseReference' | 'author'>,
  { value, subject, targets, isFirst }: Audited,
  recording: Recording,
): AuditEvent {
  const software = softwareReference(softwareVersion)
  const clinician = recording.onBehalfOf ?? clinicianOf(author)
  return {
    resourceType: 'AuditEvent',
    meta: { tag: [{ system: RESULT_SYSTEM, code: value }] },
    type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest', display: 'Restful Operation' },
    subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code: 'transaction', display: 'transaction' }],
    action: isFirst ? 'C' : 'U',
    recorded: recording.recorded,
    outcome: '0',
    agent: [{ who: software, requestor: clinician === undefined }, ...(clinician ? [{ who: clinician, requestor: true }] : [])],
    source: { observer: software },
    entity: [
      ...(subject === undefined ? [] : [{ what: subject, role: objectRole('1', 'Patient') }]),
      { what: responseReference, role: objectRole('3', 'Report') },
      ...targets.map((what) => ({ what, role: objectRole('4', 'Domain Resource') })),
    ],
  }
}

const objectRole = (code: string, display: string) => ({ system: 'http://terminology.hl7.org/CodeSystem/object-role', code, display })
