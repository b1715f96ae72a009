import type { QuestionnaireResponse } from 'fhir/r4.js'
import isEqual from 'lodash/isEqual.js'
import type { Instrument, Language } from '../../instrument/instrument.ts'
import { packFor } from '../../instrument/text-pack.ts'
import type { Knowledge } from '../../risk/knowledge.ts'
import { safetyAnswersOf } from '../../score/safety-answers.ts'
import { answersIn } from '../form/form.ts'
import { type Alert, authorOf, byWhom, type SafetyAnswer, safetyAnswersIn } from './alert.ts'

/** A safety answer of an earlier version that the response no longer gives: what it was, when and by whom, and what became of it. */
export interface EarlierAnswer {
  readonly answer: SafetyAnswer
  /** The last version that gave it, as the server counts. */
  readonly version: string
  readonly effective: string
  readonly by: Alert['by']
  readonly author?: string
  /** The option chosen now, in words; absent where the item is without an answer now. */
  readonly now?: string
  /** The version that changed it. */
  readonly changed: { readonly version: string; readonly when?: string; readonly author?: string }
  /** Numbers of the other items whose answers differ between that version and now. */
  readonly otherItems: readonly number[]
}

/**
 * The safety answers above zero that earlier versions of a response gave and the present one does not: an amendment clears nothing silently. Each
 * answer stands once, from the last version that gave it. `versions` as a server's `_history` has them, in any order; one that was entered in error
 * said nothing.
 */
export function earlierAnswersOf(
  knowledge: Knowledge,
  instrument: Instrument,
  versions: readonly QuestionnaireResponse[],
  language: Language,
): EarlierAnswer[] {
  const inTime = versions.toSorted((one, other) => savedAt(one).localeCompare(savedAt(other)) || versionNumber(one) - versionNumber(other))
  const now = inTime.at(-1)
  if (now === undefined) return []
  const given = new Map<string, EarlierAnswer>()
  for (const [index, version] of inTime.entries()) {
    const next = inTime[index + 1]
    if (next === undefined || version.status === 'entered-in-error') continue
    const kept = new Map([...safetyAnswersOf(knowledge, next)])
    for (const answer of safetyAnswersIn(knowledge, instrument, version, language)) {
      if (kept.get(answer.linkId) === answer.weight) continue
      given.set(`${answer.linkId} ${answer.code}`, earlierAnswer({ knowledge, instrument, language }, answer, version, next, now))
    }
  }
  const current = safetyAnswersOf(knowledge, now)
  return [...given.values()].filter(({ answer }) => current.get(answer.linkId) !== answer.weight)
}

const savedAt = ({ meta, authored }: QuestionnaireResponse): string => meta?.lastUpdated ?? authored ?? ''
const versionOf = ({ meta }: QuestionnaireResponse): string => meta?.versionId ?? ''
const versionNumber = (response: QuestionnaireResponse): number => Number(versionOf(response)) || 0

interface Read {
  readonly knowledge: Knowledge
  readonly instrument: Instrument
  readonly language: Language
}

function earlierAnswer(
  { knowledge, instrument, language }: Read,
  answer: SafetyAnswer,
  version: QuestionnaireResponse,
  next: QuestionnaireResponse,
  present: QuestionnaireResponse,
): EarlierAnswer {
  const [before, after] = [answersIn(instrument, version), answersIn(instrument, present)]
  const given = after[answer.linkId]
  const pack = packFor(knowledge.textPacks, instrument, language)
  const code = given === undefined || given === 'declined' ? undefined : given.code
  const author = authorOf(version)
  const changer = authorOf(next)
  return {
    answer,
    version: versionOf(version),
    effective: version.authored ?? '',
    by: byWhom(version),
    ...(author !== undefined && { author }),
    ...(code !== undefined && { now: pack?.options[code] ?? code }),
    changed: {
      version: versionOf(next),
      ...(next.meta?.lastUpdated !== undefined && { when: next.meta.lastUpdated }),
      ...(changer !== undefined && { author: changer }),
    },
    otherItems: instrument.items.flatMap(({ linkId }, index) =>
      linkId === answer.linkId || isEqual(before[linkId], after[linkId]) ? [] : [index + 1],
    ),
  }
}
