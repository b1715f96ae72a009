import type { QuestionnaireResponse } from 'fhir/r4.js'
import { assess } from '../assess.ts'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { rolesOf } from '../fhir/results.ts'
import type { Result } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { identityOf, infantOf } from '../score/context.ts'
import { resultValue } from '../score/identity.ts'
import { instrumentAnswered } from '../score/recognise.ts'
import { referenceTarget } from '../score/reference.ts'
import type { History } from '../trajectory/history.ts'
import { type Existing, fetchExisting } from './fetch-existing.ts'
import { fetchHistory } from './fetch-history.ts'
import { fetchRaising } from './fetch-raising.ts'
import { withForm } from './with-form.ts'

export interface Held {
  readonly server: FhirServer
  readonly knowledge: Knowledge
  /** As the server holds it. */
  readonly response: QuestionnaireResponse
  /** What the caller knows of her besides what the server holds; of two copies of one score the caller's counts. */
  readonly history?: History
}

/** What a response says now, what results of it the server holds, and the identifier values that they can have. */
interface AssessedHeld {
  readonly result: Result
  readonly existing: Existing
  readonly values: readonly string[]
}

/** Assesses a response against all that its server now knows of her, and says what results of it the server holds. Only reads. */
export async function assessHeld(held: Held): Promise<AssessedHeld> {
  const { server, response, history: told = [] } = held
  const knowledge = await withForm(held.knowledge, server, response)
  const values = resultValuesOf(knowledge, response)
  const subject = referenceTarget(response.subject)
  const infant = referenceTarget(infantOf(response.extension))
  const [history, existing, raising] = await Promise.all([
    subject === undefined ? [] : fetchHistory(server, knowledge, { subject, ...(infant !== undefined && { infant }) }),
    fetchExisting(server, values),
    fetchRaising(server, knowledge, response),
  ])
  return { result: assess(knowledge, response, [...history, ...told, ...raising, ...existing.results.values()]), existing, values }
}

/** The identifier values that results of this response can have; without identity or known questionnaire none. */
export function resultValuesOf(knowledge: Knowledge, response: QuestionnaireResponse): string[] {
  const identity = identityOf(response)
  const instrument = instrumentAnswered(knowledge, response)
  if (identity === undefined || instrument === undefined) return []
  return rolesOf(instrument).map((role) => resultValue(identity, role))
}
