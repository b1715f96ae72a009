import type { Bundle, FhirResource, Parameters, ParametersParameter } from 'fhir/r4.js'
import { assess } from '../assess.ts'
import { bundleText, isWritable } from '../emit.ts'
import type { Issue, IssueCode } from '../errors.ts'
import type { DocumentEntry } from '../fhir/document-entries.ts'
import { outcomeText } from '../fhir/operation-outcome.ts'
import { type Json, json, list, object, word } from '../json.ts'
import type { Result } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import type { Tier } from '../risk/rule-set.ts'
import { referenceTarget } from '../score/reference.ts'
import { summaryText } from '../summary.ts'
import { createHistoryIndex } from '../trajectory/history-index.ts'
import { jsonOf } from './fhir-body.ts'
import { type ScoreOrder, scoreOrderOf } from './score-body.ts'

/** One response of an order, scored, and what is to be said of it. */
export interface Outcome {
  readonly line: number
  readonly result: Result
  readonly issues: readonly Issue[]
  /** Literal references to what a server now holds of it. */
  readonly written?: readonly string[]
  /** The transaction that was sent, where one was. */
  readonly sent?: Bundle
}

/** What is counted and logged of one result; `code` is the issue type of a refusal. */
export interface Tally {
  readonly instrument: string
  readonly outcome: Result['outcome']
  readonly tier: Tier
  readonly code?: IssueCode
}

/** The answer to one body of `$score`. */
export interface Answer {
  readonly text: Json<Parameters>
  readonly tallies: readonly Tally[]
}

/** How an answer is to be made. */
export interface Asking {
  /** FHIR instant. */
  readonly recorded: string
  /** Summaries and issues only, a sixth of the whole: for who writes nothing of it. */
  readonly isMinimal: boolean
}

/**
 * Scores a body of `$score`, on this thread or on another; nothing for one that asks for a write, which is not for who only scores. Throws AssessmentError for a body that
 * cannot be used.
 */
export type Scorer = (body: Uint8Array, asking: Asking) => Promise<Answer | undefined>

/** On this thread, which does nothing else meanwhile. */
export const createScorer =
  (knowledge: Knowledge): Scorer =>
  async (body, asking) => {
    const order = scoreOrderOf(jsonOf(body), knowledge.check)
    if (order.writeBack) return undefined
    const knowing = knowingForms(knowledge, order)
    return answerOf(knowing, asking, outcomesOf(knowing, order))
  }

/** With the definitions of outside forms that came along. */
export const knowingForms = (knowledge: Knowledge, { forms }: Pick<ScoreOrder, 'forms'>): Knowledge =>
  forms.length === 0 ? knowledge : { ...knowledge, forms }

/** Every response of an order, each with her history as it came along. */
export function outcomesOf(knowledge: Knowledge, order: ScoreOrder): Outcome[] {
  const historyOf = historiesOf(order)
  return order.responses.map((entry) => {
    const result = resultOf(knowledge, entry, historyOf(entry.received))
    return { line: entry.line, result, issues: [...result.issues, ...order.warnings] }
  })
}

/** The history of each response by its subject. What nothing links to a woman counts only where all responses are about one. */
export function historiesOf({ history, responses }: Pick<ScoreOrder, 'history' | 'responses'>) {
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

export function answerOf(knowledge: Knowledge, asking: Asking, outcomes: readonly Outcome[]): Answer {
  const parameter = list(outcomes.map((outcome) => parameterOf(knowledge, asking, outcome)))
  return {
    text: object<Parameters>({ resourceType: PARAMETERS, parameter }),
    tallies: outcomes.map(({ result }) => tallyOf(result)),
  }
}

const PARAMETERS = json('Parameters' as const)

type Part = Json<ParametersParameter>

function parameterOf(knowledge: Knowledge, { recorded, isMinimal }: Asking, outcome: Outcome): Part {
  const bundle = isMinimal ? undefined : bundleIn(knowledge, recorded, outcome)
  const written = (outcome.written ?? []).map((reference): Part => json({ name: 'written', valueReference: { reference } }))
  return object<ParametersParameter>({
    name: word('result'),
    part: list([
      object<ParametersParameter>({ name: word('summary'), valueString: summaryText(outcome.result, outcome.line, outcome.issues) }),
      ...(bundle === undefined ? [] : [object<ParametersParameter>({ name: word('bundle'), resource: bundle })]),
      object<ParametersParameter>({ name: word('issues'), resource: outcomeText(outcome.issues) }),
      ...written,
    ]),
  })
}

/** What was sent, else what would be; nothing of a refused result or of one without a name. */
function bundleIn(knowledge: Knowledge, recorded: string, { result, sent }: Outcome): Json<FhirResource> | undefined {
  if (sent !== undefined) return json(sent)
  return isWritable(result) ? bundleText(knowledge, result, { recorded }) : undefined
}

function tallyOf(result: Result): Tally {
  const { outcome, risk } = result
  if (outcome !== 'refused') return { instrument: result.context.instrument.id, outcome, tier: risk.tier }
  const code = result.issues.find(({ severity }) => severity === 'error')?.code
  return { instrument: 'none', outcome, tier: risk.tier, ...(code && { code }) }
}
