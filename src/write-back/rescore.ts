import type { Observation, QuestionnaireResponse, RiskAssessment } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError, type IssueCode } from '../errors.ts'
import type { Recording } from '../fhir/provenance.ts'
import type { Naming } from '../fhir/result-parts.ts'
import { buildResults, isScored } from '../fhir/results.ts'
import { canonicalOf } from '../instrument/instrument.ts'
import { parse } from '../json.ts'
import type { Assessment, Result } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { outranks, type Tier } from '../risk/rule-set.ts'
import { instrumentAnswered } from '../score/recognise.ts'
import { referenceTarget } from '../score/reference.ts'
import { assessHeld } from './assess-held.ts'
import { changeOf, whyOf } from './difference.ts'
import type { Existing } from './fetch-existing.ts'
import { createForeseen, type Foreseen } from './foreseen.ts'
import { inOrder } from './in-order.ts'
import { type Stand, standOf } from './stand.ts'
import { writeBack } from './write-back.ts'

/** What has become of one response under the current rules: the most telling difference, or why there is none to be had. */
export type Change =
  | 'same'
  | 'tier-up'
  | 'tier-down'
  | 'rules'
  | 'scores'
  /** An older response came late: her mean, or her change since the last, is another. */
  | 'baseline'
  /** Only the cut-off that the score is shown beside. */
  | 'cut-off'
  | 'status'
  /** No result of it stands on the server: `rescore` looks at old results, and makes no first ones. */
  | 'unscored'
  | 'refused'
  /** The server would not let us read or write it. */
  | 'failed'

/** One response: what its stored results say, what they would say now, and each difference in words. */
export interface Rescored {
  readonly response: string
  readonly subject: string | null
  readonly instrument: string | null
  readonly authored: string | null
  readonly change: Change
  readonly before: Stand | null
  readonly after: Stand | null
  readonly why: readonly string[]
  /** What was written, `Type/id`; absent when nothing was to be. */
  readonly written?: readonly string[]
}

export interface Which {
  /** FHIR dates; both inclusive. */
  readonly since?: string
  readonly until?: string
  /** `Patient/<id>`. */
  readonly subject?: string
  /** Instrument ids; absent: all. */
  readonly instruments?: readonly string[]
}

export interface Rescoring {
  readonly server: FhirServer
  readonly knowledge: Knowledge
  readonly which: Which
  readonly concurrency: number
  /** Has the differences written; absent: nothing is. */
  readonly apply?: {
    readonly recording: () => Recording
    /** Told before each write, so that what was about to be written is known whatever happens then. */
    readonly before: (planned: Rescored) => void
  }
  /** Responses that an earlier run has dealt with, as `QuestionnaireResponse/<id>`. */
  readonly isDone?: (response: string) => boolean
}

/**
 * Holds every old response against the current rules and against what is now known of the woman up to its date, in the order of `authored`: who changes tier
 * and why. Two responses of one woman are never worked on at once, so that the later reads what was written of the earlier.
 * Safe to repeat: what is the same is left alone. A response that the server does not let us handle is `failed` and stops none after it; a server that is down or
 * no longer takes the token ends the run with its AssessmentError, and so does a search that fails.
 */
export function rescore(order: Rescoring): AsyncGenerator<Rescored> {
  const foreseen = createForeseen()
  return inOrder(responsesOf(order), {
    concurrency: order.concurrency,
    keyOf: ({ subject }) => referenceTarget(subject) ?? '',
    work: (response) => rescoreOne(order, response, foreseen),
  })
}

async function* responsesOf({ server, knowledge, which, isDone }: Rescoring): AsyncGenerator<QuestionnaireResponse> {
  const { since, until, subject, instruments } = which
  const found = server.search<QuestionnaireResponse>('QuestionnaireResponse', {
    questionnaire: formsOf(knowledge, instruments).join(','),
    ...(subject !== undefined && { subject }),
    authored: [...(since === undefined ? [] : [`ge${since}`]), ...(until === undefined ? [] : [`le${until}`])],
    _sort: 'authored',
    _count: '100',
  })
  for await (const response of found) if (isDone?.(nameOf(response)) !== true) yield response
}

/** Our own forms by version, and those of others that a binding knows by name, in any version. */
function formsOf({ instruments, bindings }: Knowledge, chosen: readonly string[] | undefined): string[] {
  const isChosen = (id: string) => chosen?.includes(id) ?? true
  const own = instruments.filter(({ id }) => isChosen(id)).map(canonicalOf)
  return [...new Set([...own, ...bindings.filter(({ instrument }) => isChosen(instrument)).flatMap(({ canonicals }) => canonicals)])]
}

const nameOf = ({ id }: QuestionnaireResponse): string => `QuestionnaireResponse/${id}`

async function rescoreOne(order: Rescoring, response: QuestionnaireResponse, foreseen: Foreseen): Promise<Rescored> {
  const { server, knowledge, apply } = order
  const named = aboutOf(knowledge, response)
  try {
    const { result, existing } = await assessHeld({ server, knowledge, response, history: foreseen.of(named.subject ?? '') })
    const found = { ...named, ...comparedOf(knowledge, result, existing) }
    if (!WRITABLE.includes(found.change)) return found
    if (apply === undefined) {
      if (result.outcome !== 'refused') foreseen.add(named.subject ?? '', scoresOf(knowledge, result, existing))
      return found
    }
    apply.before(found)
    const write = { server, knowledge: alertingOnly(knowledge, found), response, recording: apply.recording(), renewBaselines: true }
    const { written } = await writeBack(write)
    return { ...found, written: written.filter(({ action }) => action !== 'unchanged').map(({ reference }) => reference) }
  } catch (error) {
    if (!(error instanceof AssessmentError) || OF_ALL.includes(error.code)) throw error
    return { ...named, change: 'failed', before: null, after: null, why: [error.message] }
  }
}

/** What would befall every response after this one: the server is down, or no longer knows us. The run ends, so that none is passed over. */
const OF_ALL: readonly IssueCode[] = ['transient', 'throttled', 'login', 'expired']

/** Somebody is asked for now only where a safety answer speaks that did not speak before: whoever is called for every old one comes for none. */
function alertingOnly(knowledge: Knowledge, { before, after }: Rescored): Knowledge {
  if (before?.tier !== 'immediate' && after?.tier === 'immediate') return knowledge
  const { onImmediate: _silent, ...site } = knowledge.site
  return { ...knowledge, site }
}

const WRITABLE: readonly Change[] = ['tier-up', 'tier-down', 'rules', 'scores', 'baseline', 'cut-off', 'status']

function aboutOf(
  knowledge: Knowledge,
  response: QuestionnaireResponse,
): Pick<Rescored, 'response' | 'subject' | 'instrument' | 'authored'> {
  return {
    response: nameOf(response),
    subject: referenceTarget(response.subject) ?? null,
    instrument: instrumentAnswered(knowledge, response)?.id ?? null,
    authored: response.authored ?? null,
  }
}

type Compared = Pick<Rescored, 'change' | 'before' | 'after' | 'why'>

function comparedOf(knowledge: Knowledge, result: Result, { results }: Existing): Compared {
  const held = [...results.values()].filter(isScored)
  const before = held.length === 0 ? null : standOf(held)
  if (result.outcome === 'refused')
    return { change: 'refused', before, after: null, why: result.issues.map(({ diagnostics }) => diagnostics) }
  if (before === null)
    return { change: result.outcome === 'retracted' ? 'same' : 'unscored', before, after: freshOf(knowledge, result), why: [] }
  if (result.outcome === 'retracted') return retractedOf(before)
  const after = freshOf(knowledge, result)
  const why = whyOf(before, after, result.risk.verdicts)
  return { change: directionOf(before.tier, after.tier) ?? changeOf(before, after), before, after, why }
}

function retractedOf(before: Stand): Compared {
  const isSaid = before.statuses.every((status) => status === 'entered-in-error')
  return {
    change: isSaid ? 'same' : 'status',
    before,
    after: null,
    why: isSaid ? [] : ['the response was entered in error; its results do not say so'],
  }
}

const resultsOf = (knowledge: Knowledge, assessment: Assessment): (Observation | RiskAssessment)[] =>
  buildResults(knowledge, assessment, NAMELESS).map(({ text }) => parse(text))

/** Compared by what they say, so that nothing of them needs a name. */
const NAMELESS: Naming = { link: (reference) => ({ reference }), idOf: () => undefined }

const freshOf = (knowledge: Knowledge, assessment: Assessment): Stand => standOf(resultsOf(knowledge, assessment))

/** The scores as they would stand, under the ids that they have. */
const scoresOf = (knowledge: Knowledge, assessment: Assessment, { results }: Existing): Observation[] =>
  resultsOf(knowledge, assessment).flatMap((one) => {
    const id = results.get(one.identifier?.[0]?.value ?? '')?.id
    return one.resourceType !== 'Observation' || one.hasMember !== undefined ? [] : [{ ...one, ...(id !== undefined && { id }) }]
  })

const directionOf = (before: Tier, after: Tier): Change | undefined =>
  before === after ? undefined : outranks(after, before) ? 'tier-up' : 'tier-down'
