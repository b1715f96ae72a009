import type { CodeableConcept, Extension, Provenance, ProvenanceAgent, Reference } from 'fhir/r4.js'
import { BASE } from '../instrument/instrument.ts'
import { type Json, json, list, object } from '../json.ts'
import { once } from '../once.ts'
import type { Result } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { traceOf } from '../risk/trace.ts'
import type { Context } from '../score/context.ts'
import { RESULT_SYSTEM } from '../score/identity.ts'
import { referenceType } from '../score/reference.ts'
import { softwareText } from './result-parts.ts'

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

/** What one write is named by, and what it wrote. */
export interface Written {
  readonly value: string
  /** Where it is ours to choose. */
  readonly id?: Json<string>
  readonly target: Reference[]
}

/**
 * The Provenance of one write. R4 gives it no identifier, so `value` stands as a tag. The trace is the explanation of the result as JSON: `kizuna score --explain` makes the very
 * same text of the stored response, with the same versions and history.
 * @see https://hl7.org/fhir/R4/provenance.html
 */
export function buildProvenance(
  knowledge: Knowledge,
  { responseReference, author, result }: Source,
  { value, id, target }: Written,
  recording: Recording,
): Json<Provenance> {
  const onBehalfOf = recording.onBehalfOf ?? clinicianOf(author)
  return object<Provenance>({
    resourceType: PROVENANCE,
    id,
    meta: json({ tag: [{ system: RESULT_SYSTEM, code: value }] }),
    extension: list([object<Extension>({ url: TRACE, valueString: traceOf(knowledge, result) })]),
    target: json(target),
    recorded: json(recording.recorded),
    policy: policyOf(knowledge),
    agent: list([
      object<ProvenanceAgent>({
        type: ASSEMBLER,
        who: softwareText(knowledge.softwareVersion),
        onBehalfOf: onBehalfOf && json(onBehalfOf),
      }),
    ])!,
    entity: json([{ role: 'source', what: responseReference }]),
  })
}

const PROVENANCE = json('Provenance' as const)
const TRACE = json(TRACE_EXTENSION)
const ASSEMBLER: Json<CodeableConcept> = json({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler', display: 'Assembler' }],
})

/** The rule set by its canonical and its hash, and the hash of the numbers that the site has set. */
const policyOf = once(
  ({ ruleSet, ruleSetHash, ownNumbersHash }: Knowledge): Json<string[]> =>
    json([
      `${BASE}/Library/${ruleSet.id}|${ruleSet.version}`,
      `urn:sha256:${ruleSetHash}`,
      ...(ownNumbersHash === undefined ? [] : [`urn:sha256:${ownNumbersHash}`]),
    ]),
)

/** The author of a response, where that is a clinician. */
export const clinicianOf = (author: Reference | undefined): Reference | undefined =>
  author !== undefined && ['Practitioner', 'PractitionerRole'].includes(referenceType(author) ?? '') ? author : undefined
