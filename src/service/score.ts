import type { RequestHandler } from 'express'
import type { Bundle, FhirResource, OperationOutcome, Parameters, ParametersParameter, Questionnaire } from 'fhir/r4.js'
import { assess } from '../assess.ts'
import { bundleOf } from '../emit.ts'
import { AssessmentError, type Issue } from '../errors.ts'
import type { DocumentEntry } from '../fhir/document-entries.ts'
import { operationOutcome } from '../fhir/operation-outcome.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Result } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { latenessIssues } from '../risk/lateness.ts'
import { referenceTarget } from '../score/reference.ts'
import { summaryOf } from '../summary.ts'
import type { History } from '../trajectory/history.ts'
import { createHistoryIndex } from '../trajectory/history-index.ts'
import { sendResource } from './error-handler.ts'
import { requestIdOf } from './request-id.ts'
import { scoreOrderOf } from './score-body.ts'

/** Writes the results of one response to the FHIR server with the caller's own token; returns literal references to what it now holds. */
export type WriteResults = (
  response: unknown,
  history: History,
  authorization: string,
  forms: readonly Questionnaire[],
) => Promise<{
  readonly result: Result
  readonly references: readonly string[]
  readonly bundle?: Bundle
  /** What the server cannot hold. */
  readonly notWritten?: readonly { readonly role: string; readonly type: string }[]
}>

export interface ScoreOptions {
  readonly knowledge: Knowledge
  readonly now: () => Date
  readonly log: Log
  readonly metrics: Metrics
  readonly writeResults?: WriteResults | undefined
}

interface Outcome {
  readonly line: number
  readonly result: Result
  readonly issues: readonly Issue[]
  readonly written?: readonly string[]
  /** The transaction that was sent, where one was. */
  readonly sent?: Bundle
}

/**
 * `POST /QuestionnaireResponse/$score`: one `result` for each response, in order, refusals inside. Writes nothing unless `writeBack` is true; then what is
 * written of each is named in it, and a write that failed is an issue of that response alone.
 */
export function scoreOperation(options: ScoreOptions): RequestHandler {
  return async (req, res) => {
    const order = scoreOrderOf(req.body as unknown, options.knowledge.check)
    if (order.writeBack && options.writeResults === undefined)
      throw new AssessmentError('not-supported', 'This service writes nothing: no FHIR server is set')
    const knowledge = { ...options.knowledge, forms: order.forms }
    const historyOf = historiesOf(order.history, order.responses)
    const outcomes: Outcome[] = []
    for (const entry of order.responses) {
      const history = historyOf(entry.received)
      const result = resultOf(knowledge, entry, history)
      const scored = { line: entry.line, result, issues: result.issues }
      const outcome = order.writeBack
        ? await writeOutcome({ ...options, knowledge }, entry, history, scored, req.headers.authorization ?? '')
        : scored
      outcomes.push({ ...outcome, issues: [...outcome.issues, ...order.warnings] })
    }
    logScored(options.log, requestIdOf(res), outcomes)
    countScored(options.metrics, outcomes)
    sendResource(res, 200, parametersOf(options, outcomes))
  }
}

/** The history of each response by its subject. What nothing links to a woman counts only where all responses are about one. */
function historiesOf(history: readonly FhirResource[], responses: readonly DocumentEntry[]) {
  const index = createHistoryIndex(history)
  const subjects = new Set(responses.map(({ received }) => referenceTarget((received as { subject?: never } | null)?.subject)))
  const onlySubject = subjects.size === 1 ? [...subjects][0] : undefined
  return (received: unknown) => index.historyOf(received, onlySubject)
}

/** A broken entry is refused for what it is; what its safety answers fired is said first. */
function resultOf(knowledge: Knowledge, { received, fault }: DocumentEntry, history: readonly FhirResource[]): Result {
  const result = assess(knowledge, received, history)
  if (fault === undefined) return result
  return {
    outcome: 'refused',
    received: undefined,
    risk: result.risk,
    issues: [...result.issues.filter(({ code }) => code === 'business-rule'), fault],
  }
}

async function writeOutcome(
  { writeResults, knowledge, now }: ScoreOptions,
  { received }: DocumentEntry,
  history: History,
  outcome: Outcome,
  authorization: string,
): Promise<Outcome> {
  if (outcome.result.outcome === 'refused' || outcome.result.context.identity === undefined) return outcome
  try {
    const { result, references, bundle, notWritten = [] } = await writeResults!(received, history, authorization, knowledge.forms ?? [])
    const late = result.outcome === 'refused' ? [] : latenessIssues(result.context.authored, now().toISOString())
    const issues = [...result.issues, ...late, ...notWritten.map(missing)]
    return { ...outcome, result, issues, written: references, ...(bundle && { sent: bundle }) }
  } catch (error) {
    if (!(error instanceof AssessmentError)) throw error
    const diagnostics = `Nothing is known to be written: ${error.message}`
    return { ...outcome, issues: [...outcome.issues, { severity: 'error', code: error.code, diagnostics }] }
  }
}

const missing = ({ role, type }: { readonly role: string; readonly type: string }): Issue => ({
  severity: 'warning',
  code: 'not-supported',
  diagnostics: `Not written, since the server does not take it: ${role} (${type})`,
})

function parametersOf({ knowledge, now }: ScoreOptions, outcomes: readonly Outcome[]): Parameters {
  const recorded = now().toISOString()
  const parameter = outcomes.map((outcome): ParametersParameter => {
    const built = outcome.sent ?? bundleOf(knowledge, outcome.result, { recorded })
    const summary = { ...summaryOf(outcome.result, outcome.line), issues: outcome.issues }
    return {
      name: 'result',
      part: [
        { name: 'summary', valueString: JSON.stringify(summary) },
        ...(isBundle(built) ? [{ name: 'bundle', resource: built }] : []),
        { name: 'issues', resource: operationOutcome(outcome.issues) },
        ...(outcome.written ?? []).map((reference) => ({ name: 'written', valueReference: { reference } })),
      ],
    }
  })
  return { resourceType: 'Parameters', parameter }
}

const isBundle = (built: Bundle | OperationOutcome): built is Bundle => built.resourceType === 'Bundle'

function logScored(log: Log, requestId: string, outcomes: readonly Outcome[]): void {
  const refused = outcomes.filter(({ result }) => result.outcome === 'refused').length
  const immediate = outcomes.filter(({ result }) => result.risk.tier === 'immediate').length
  log('info', { event: 'scored', requestId, responses: outcomes.length, refused, immediate })
}

function countScored(metrics: Metrics, outcomes: readonly Outcome[]): void {
  metrics.received('operation', outcomes.length)
  for (const { result } of outcomes) {
    const instrument = result.outcome === 'refused' ? 'none' : result.context.instrument.id
    const code = result.outcome === 'refused' ? result.issues.find(({ severity }) => severity === 'error')?.code : undefined
    metrics.assessed({ instrument, outcome: result.outcome, tier: result.risk.tier, ...(code && { code }) })
  }
}
