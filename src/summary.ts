import type { QuestionnaireResponse } from 'fhir/r4.js'
import type { Issue } from './errors.ts'
import type { Instrument } from './instrument/instrument.ts'
import { type Json, stringOf, WITHIN_STRING } from './json.ts'
import { once } from './once.ts'
import type { Result } from './risk/assessment.ts'
import type { Risk, Verdict } from './risk/judge.ts'
import type { Tier } from './risk/rule-set.ts'
import type { OutsideForm } from './score/recognise.ts'
import { isReference, referenceTarget } from './score/reference.ts'
import type { Score } from './score/score-scale.ts'

export type ScoreSummary =
  | { readonly state: 'complete'; readonly value: number }
  | { readonly state: 'incomplete'; readonly lower: number; readonly upper: number; readonly answered: number; readonly of: number }

/** One line of `--emit summary`: the keys are fixed, unknown ones are null. */
export interface Summary {
  readonly line: number
  readonly id: string | null
  readonly instrument: string | null
  readonly version: string | null
  /** The binding that a form of somebody else was read through; absent for our own forms. */
  readonly binding?: string
  readonly subject: string | null
  readonly authored: string | null
  readonly outcome: Result['outcome']
  readonly scores: Readonly<Record<string, ScoreSummary>>
  readonly tier: Tier
  readonly open: readonly { readonly id: string; readonly rule: string; readonly items: readonly string[] }[]
  readonly rules: readonly {
    readonly id: string
    readonly verdict: Verdict['verdict']
    readonly fired: boolean
    readonly because: string
  }[]
  readonly issues: readonly Issue[]
}

/** The summary of one result; `line` is the 1-based line, array index or entry index that it came from. */
export function summaryOf(result: Result, line: number): Summary {
  return {
    line,
    ...nameOf(result),
    outcome: result.outcome,
    scores: scoresIn(result),
    tier: result.risk.tier,
    ...rulesIn(result.risk.verdicts),
    issues: result.issues,
  }
}

/** The summary as the text of a string, with these issues instead of the result's own. */
export function summaryText(result: Result, lineNumber: number, issues: readonly Issue[]): Json<string> {
  const { id, instrument, version, binding, subject, authored } = nameOf(result)
  const { open, rules } = rulesText(result.risk.verdicts)
  return stringOf(
    object<Summary>({
      line: json(lineNumber),
      id: json(id),
      instrument: json(instrument),
      version: json(version),
      binding: binding === undefined ? undefined : json(binding),
      subject: json(subject),
      authored: json(authored),
      outcome: word(result.outcome),
      scores: json(scoresIn(result)),
      tier: word(result.risk.tier),
      open,
      rules,
      issues: list(issues.map(issueText)) ?? NONE,
    }),
  )
}

const { json, list, object, word } = WITHIN_STRING
const NONE = json<Issue[]>([])

/** What is said of many responses is one issue, made once. */
const issueText = once((issue: Issue) => json(issue))

const scoresIn = (result: Result): Summary['scores'] =>
  result.outcome === 'refused' ? {} : Object.fromEntries(result.scores.map((score) => [score.scale.code, scoreSummary(score)]))

const scoreSummary = (score: Score): ScoreSummary => {
  if (score.state === 'complete') return { state: 'complete', value: score.value }
  const { state, lower, upper, answered, of } = score
  return { state, lower, upper, answered, of }
}

const rulesIn = once(
  (verdicts: Risk['verdicts']): Pick<Summary, 'open' | 'rules'> => ({
    open: verdicts.flatMap(({ id, undecided, verdict, items }) =>
      undecided !== undefined && verdict === 'fired' ? [{ id, rule: undecided, items: items ?? [] }] : [],
    ),
    rules: verdicts.map(({ id, verdict, because }) => ({ id, verdict, fired: verdict === 'fired', because })),
  }),
)

const rulesText = once((verdicts: Risk['verdicts']) => {
  const { open, rules } = rulesIn(verdicts)
  return { open: json(open), rules: json(rules) }
})

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** Who and what it was about, as far as it can be read. */
function nameOf(result: Result): Pick<Summary, 'id' | 'instrument' | 'version' | 'binding' | 'subject' | 'authored'> {
  if (result.outcome !== 'refused') {
    const { id, instrument, outside, subjectKey, authored } = result.context
    return { id: id ?? null, ...formName(instrument, outside), subject: subjectKey, authored }
  }
  const received = (
    typeof result.received === 'object' && result.received !== null ? result.received : {}
  ) as Partial<QuestionnaireResponse>
  const { recognised } = result
  const [, id = null, version = null] = /\/Questionnaire\/([a-z0-9-]+)\|([0-9.]+)$/.exec(text(received.questionnaire) ?? '') ?? []
  return {
    id: text(received.id),
    ...(recognised !== undefined && 'instrument' in recognised
      ? formName(recognised.instrument, recognised.outside)
      : { instrument: id, version }),
    subject: text(referenceTarget(isReference(received.subject) ? received.subject : undefined)),
    authored: text(received.authored),
  }
}

const formName = ({ id, version }: Instrument, outside: OutsideForm | undefined): Pick<Summary, 'instrument' | 'version' | 'binding'> => ({
  instrument: id,
  version,
  ...(outside && { binding: outside.binding.id }),
})
