import type { Bundle, FhirResource, OperationOutcome } from 'fhir/r4.js'
import type { Issue } from './errors.ts'
import { operationOutcome } from './fhir/operation-outcome.ts'
import type { Recording } from './fhir/provenance.ts'
import { buildResources, buildTransaction, existingAmong } from './fhir/transaction.ts'
import type { Assessment, Result } from './risk/assessment.ts'
import type { Knowledge } from './risk/knowledge.ts'

/**
 * What is to be written of a result, as one transaction, given what its history shows to be there; an OperationOutcome where it was refused or has no identity to be written under.
 */
export function bundleOf(knowledge: Knowledge, result: Result, recording: Recording): Bundle | OperationOutcome {
  return isWritable(result)
    ? buildTransaction(knowledge, result, existingAmong(result.held), recording)
    : operationOutcome(reasonsOf(result))
}

/** The same as single resources, with ids and literal references only. */
export function resourcesOf(knowledge: Knowledge, result: Result, recording: Recording): FhirResource[] {
  return isWritable(result) ? buildResources(knowledge, result, recording) : [operationOutcome(reasonsOf(result))]
}

const isWritable = (result: Result): result is Assessment => result.outcome !== 'refused' && result.context.identity !== undefined

/** Why nothing can be written comes first. A tier that no resource will carry is said here, so that it is not lost. */
function reasonsOf(result: Result): Issue[] {
  if (result.outcome === 'refused') return [...result.issues]
  const [identity, others] = [
    result.issues.filter(({ code }) => code === 'required'),
    result.issues.filter(({ code }) => code !== 'required'),
  ]
  return [...identity, ...urgentIssues(result), ...others]
}

function urgentIssues({ risk }: Assessment): Issue[] {
  const fired = risk.verdicts.filter(({ verdict, tier }) => verdict === 'fired' && tier === 'immediate').map(({ id }) => id)
  if (fired.length === 0) return []
  const diagnostics = `No result can be written, but the safety answers fired rule ${fired.join(', ')}: act on them now`
  return [{ severity: 'warning', code: 'business-rule', expression: 'QuestionnaireResponse.item', diagnostics }]
}
