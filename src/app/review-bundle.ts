import type { Bundle, QuestionnaireResponse } from 'fhir/r4.js'
import type { Recording } from '../fhir/provenance.ts'
import { buildTransaction, NOTHING_EXISTS } from '../fhir/transaction.ts'
import type { Result } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { resultUuid } from '../score/identity.ts'

/**
 * All that a review would have written, as one transaction: the response, then its results. It is what is listed before writing and what is
 * downloaded when writing fails; posted later it creates what is not there yet and nothing twice.
 */
export function reviewBundle(knowledge: Knowledge, response: QuestionnaireResponse, result: Result, recording: Recording): Bundle {
  const { system, value = '' } = response.identifier ?? {}
  const ifNoneExist = `identifier=${encodeURIComponent(`${system}|${value}`)}`
  const request = response.id
    ? { method: 'PUT' as const, url: `QuestionnaireResponse/${response.id}` }
    : { method: 'POST' as const, url: 'QuestionnaireResponse', ifNoneExist }
  const own = { fullUrl: `urn:uuid:${resultUuid(value)}`, resource: response, request }
  const results = result.outcome === 'refused' ? [] : (buildTransaction(knowledge, result, NOTHING_EXISTS, recording).entry ?? [])
  return { resourceType: 'Bundle', type: 'transaction', entry: [own, ...results] }
}
