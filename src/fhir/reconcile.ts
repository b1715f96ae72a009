import type { Flag, Observation, RiskAssessment, Task } from 'fhir/r4.js'
import isEqual from 'lodash/isEqual.js'
import { SCORE_SYSTEM } from '../trajectory/earlier-scores.ts'
import type { Scored } from './results.ts'

const BOUNDS = ['lower', 'upper']
const BASELINE = ['baseline-mean', 'change', 'deviation']

/** What makes two Observations of one score the same: value or bounds, and how it reads. Software version and language do not count. */
const observationContent = (
  { valueQuantity, dataAbsentReason, component, interpretation, referenceRange, hasMember }: Observation,
  components: readonly string[],
) => ({
  value: valueQuantity?.value,
  absent: dataAbsentReason?.coding?.[0]?.code,
  components: component
    ?.filter(({ code }) => code.coding?.some((c) => c.system === SCORE_SYSTEM && components.includes(c.code ?? '')))
    .map(({ code, valueQuantity: bound }) => [code.coding?.[0]?.code, bound?.value]),
  interpretation: interpretation?.[0]?.coding?.[0]?.code,
  high: referenceRange?.[0]?.high?.value,
  members: hasMember?.length,
})

/** What makes two RiskAssessments the same: tiers, and rules with their numbers. */
const riskContent = ({ prediction }: RiskAssessment) =>
  prediction?.map(({ outcome, qualitativeRisk, extension }) => [
    outcome?.coding?.[0]?.code,
    qualitativeRisk?.coding?.[0]?.code,
    extension?.map(({ extension: parts }) => parts?.map(({ valueCoding, valueString }) => valueCoding?.code ?? valueString)),
  ])

/** JSON has no `undefined`: a built resource and one that was read then compare alike. */
const contentOf = (resource: Scored, components: readonly string[]): unknown =>
  JSON.parse(
    JSON.stringify((resource.resourceType === 'Observation' ? observationContent(resource, components) : riskContent(resource)) ?? null),
  )

/** Nothing where it cannot be read: a server may hold things that are no R4, and what says nothing does not say the same. */
function readableContentOf(existing: Scored, components: readonly string[]): unknown {
  try {
    return contentOf(existing, components)
  } catch {
    return undefined
  }
}

/**
 * What must replace a result that the server already holds, or nothing when it says the same. Retraction changes the status and keeps the rest
 * readable, unless nobody can read it. A final result whose content changes becomes `amended`; one that was amended before stays so. A baseline is what was known when the result
 * was made, and no content of its own, unless it is to be renewed.
 */
export function reconcile(existing: Scored, built: Scored, renewBaselines = false): Scored | undefined {
  const components = renewBaselines ? [...BOUNDS, ...BASELINE] : BOUNDS
  const said = readableContentOf(existing, components)
  if (built.status === 'entered-in-error') {
    if (existing.status === 'entered-in-error') return undefined
    return { ...(said === undefined ? built : existing), id: existing.id!, status: 'entered-in-error' } as Scored
  }
  const same = isEqual(said, contentOf(built, components))
  const wasGiven = existing.status !== 'preliminary' && existing.status !== 'registered'
  const status = built.status === 'final' && wasGiven && !(same && existing.status === 'final') ? 'amended' : built.status
  if (same && existing.status === status) return undefined
  return { ...built, id: existing.id!, status } as Scored
}

/**
 * What must replace an alert that the server already holds: nothing, whatever an amendment says, for what somebody has seen or done is theirs; only where its response was
 * entered in error it is so too.
 */
export const retractAlert = <R extends Task | Flag>(existing: R): R | undefined =>
  existing.status === 'entered-in-error' ? undefined : { ...existing, status: 'entered-in-error' }
