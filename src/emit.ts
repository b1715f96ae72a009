import type { Bundle, FhirResource, OperationOutcome } from 'fhir/r4.js'
import type { Issue } from './errors.ts'
import { operationOutcome } from './fhir/operation-outcome.ts'
import type { Recording } from './fhir/provenance.ts'
import { existingAmong, resourceTexts, transactionText } from './fhir/transaction.ts'
import { type Json, json, parse } from './json.ts'
import type { Assessment, Result } from './risk/assessment.ts'
import type { Knowledge } from './risk/knowledge.ts'

/**
 * What is to be written of a result, as one transaction, given what its history shows to be there; an OperationOutcome where it was refused or has no identity to be written under.
 */
export const bundleOf = (knowledge: Knowledge, result: Result, recording: Recording): Bundle | OperationOutcome =>
  parse(bundleText(knowledge, result, recording))

/** The same as single resources, with ids and literal references only. */
export const resourcesOf = (knowledge: Knowledge, result: Result, recording: Recording): FhirResource[] =>
  resourceTextsOf(knowledge, result, recording).map(parse)

/** `bundleOf` as text, for those who only pass it on. */
export const bundleText = (knowledge: Knowledge, result: Result, recording: Recording): Json<Bundle | OperationOutcome> =>
  isWritable(result) ? transactionText(knowledge, result, existingAmong(result.held), recording) : json(operationOutcome(reasonsOf(result)))

/** `resourcesOf` as texts. */
export const resourceTextsOf = (knowledge: Knowledge, result: Result, recording: Recording): Json<FhirResource>[] =>
  isWritable(result) ? resourceTexts(knowledge, result, recording) : [json(operationOutcome(reasonsOf(result)))]

/** Whether a result has what its resources are named by. */
export const isWritable = (result: Result): result is Assessment => result.outcome !== 'refused' && result.context.identity !== undefined

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
