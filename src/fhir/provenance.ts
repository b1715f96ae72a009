import type { Provenance, Reference } from 'fhir/r4.js'
import { BASE } from '../instrument/instrument.ts'
import type { Result } from '../risk/assessment.ts'
import { explanationOf } from '../risk/explanation.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import type { Context } from '../score/context.ts'
import { RESULT_SYSTEM, softwareReference } from '../score/identity.ts'
import { referenceType } from '../score/reference.ts'

/** When a write is recorded, and for whom: arguments of the pure core, since the clock and the session are the shell's. */
export interface Recording {
  /** FHIR instant. */
  readonly recorded: string
  /** The clinician who had it written; unless told, the one who is the response's author. */
  readonly onBehalfOf?: Reference
}

export const TRACE_EXTENSION = `${BASE}/StructureDefinition/trace`

/** What a write rests on: the response, and how its results came about. */
export interface Source extends Pick<Context, 'responseReference' | 'author'> {
  readonly result: Result
}

/**
 * The Provenance of one write. R4 gives it no identifier, so `value` stands as a tag. The trace is the explanation of the result as JSON: `kizuna score --explain` makes the very
 * same text of the stored response, with the same versions and history.
 * @see https://hl7.org/fhir/R4/provenance.html
 */
export function buildProvenance(
  knowledge: Knowledge,
  { responseReference, author, result }: Source,
  value: string,
  target: Reference[],
  recording: Recording,
): Provenance {
  const { ruleSet, ruleSetHash, ownNumbersHash, softwareVersion } = knowledge
  const onBehalfOf = recording.onBehalfOf ?? clinicianOf(author)
  return {
    resourceType: 'Provenance',
    meta: { tag: [{ system: RESULT_SYSTEM, code: value }] },
    extension: [{ url: TRACE_EXTENSION, valueString: JSON.stringify(explanationOf(knowledge, result)) }],
    target,
    recorded: recording.recorded,
    policy: [
      `${BASE}/Library/${ruleSet.id}|${ruleSet.version}`,
      `urn:sha256:${ruleSetHash}`,
      ...(ownNumbersHash === undefined ? [] : [`urn:sha256:${ownNumbersHash}`]),
    ],
    agent: [
      {
        type: {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler', display: 'Assembler' },
          ],
        },
        who: softwareReference(softwareVersion),
        ...(onBehalfOf && { onBehalfOf }),
      },
    ],
    entity: [{ role: 'source', what: responseReference }],
  }
}

/** The author of a response, where that is a clinician. */
export const clinicianOf = (author: Reference | undefined): Reference | undefined =>
  author !== undefined && ['Practitioner', 'PractitionerRole'].includes(referenceType(author) ?? '') ? author : undefined
