import type { RequestHandler } from 'express'
import type { Bundle, Questionnaire } from 'fhir/r4.js'
import { AssessmentError, type Issue } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Result } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { latenessIssues } from '../risk/lateness.ts'
import type { History } from '../trajectory/history.ts'
import { sendText } from './error-handler.ts'
import { jsonOf } from './fhir-body.ts'
import { requestIdOf } from './request-id.ts'
import { scoreOrderOf } from './score-body.ts'
import {
  type Answer,
  type Asking,
  answerOf,
  historiesOf,
  knowingForms,
  type Outcome,
  outcomesOf,
  type Scorer,
  type Tally,
} from './scoring.ts'

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
  readonly score: Scorer
  readonly now: () => Date
  readonly log: Log
  readonly metrics: Metrics
  readonly writeResults?: WriteResults | undefined
}

/**
 * `POST /QuestionnaireResponse/$score`: one `result` for each response, in order, refusals inside. Writes nothing unless `writeBack` is true; then what is
 * written of each is named in it, and a write that failed is an issue of that response alone. What only scores may do so on another thread. `Prefer: return=minimal` leaves
 * the bundles out.
 */
export function scoreOperation(options: ScoreOptions): RequestHandler {
  return async (req, res) => {
    const body = req.body as Buffer
    const isMinimal = RETURN_MINIMAL.test(req.get('prefer') ?? '')
    const asking = { recorded: options.now().toISOString(), isMinimal }
    const scored = await options.score(body, asking)
    const { text, tallies } = scored ?? (await writtenAnswer(options, body, asking, req.headers.authorization ?? ''))
    logScored(options.log, requestIdOf(res), tallies)
    countScored(options.metrics, tallies)
    if (isMinimal) res.set('Preference-Applied', 'return=minimal')
    sendText(res, 200, text)
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc7240#section-4.2 */
const RETURN_MINIMAL = /(?:^|[,;\s])return="?minimal\b/i

async function writtenAnswer(options: ScoreOptions, body: Buffer, asking: Asking, authorization: string): Promise<Answer> {
  if (options.writeResults === undefined) throw new AssessmentError('not-supported', 'This service writes nothing: no FHIR server is set')
  const order = scoreOrderOf(jsonOf(body), options.knowledge.check)
  const knowledge = knowingForms(options.knowledge, order)
  const scored = outcomesOf(knowledge, order)
  const historyOf = historiesOf(order)
  const outcomes: Outcome[] = []
  for (const [index, outcome] of scored.entries()) {
    const { received } = order.responses[index]!
    outcomes.push(await writeOutcome({ ...options, knowledge }, received, historyOf(received), outcome, authorization))
  }
  return answerOf(knowledge, asking, outcomes)
}

async function writeOutcome(
  { writeResults, knowledge, now }: ScoreOptions,
  received: unknown,
  history: History,
  outcome: Outcome,
  authorization: string,
): Promise<Outcome> {
  if (outcome.result.outcome === 'refused' || outcome.result.context.identity === undefined) return outcome
  const warnings = outcome.issues.slice(outcome.result.issues.length)
  try {
    const { result, references, bundle, notWritten = [] } = await writeResults!(received, history, authorization, knowledge.forms ?? [])
    const late = result.outcome === 'refused' ? [] : latenessIssues(result.context.authored, now().toISOString())
    const issues = [...result.issues, ...late, ...notWritten.map(missing), ...warnings]
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

function logScored(log: Log, requestId: string, tallies: readonly Tally[]): void {
  const refused = tallies.filter(({ outcome }) => outcome === 'refused').length
  const immediate = tallies.filter(({ tier }) => tier === 'immediate').length
  log('info', { event: 'scored', requestId, responses: tallies.length, refused, immediate })
}

function countScored(metrics: Metrics, tallies: readonly Tally[]): void {
  metrics.received('operation', tallies.length)
  for (const tally of tallies) metrics.assessed(tally)
}
