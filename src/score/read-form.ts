import type { QuestionnaireResponse } from 'fhir/r4.js'
import type { Issue } from '../errors.ts'
import type { TextPack } from '../instrument/text-pack.ts'
import { type Context, contextIssues, contextOf } from './context.ts'
import { measureIssues } from './measure.ts'
import { normalised } from './normalise.ts'
import { type Answers, readAnswers } from './read-answers.ts'
import { readOutsideAnswers } from './read-outside-answers.ts'
import { type Recognised, type Recognition, recognise } from './recognise.ts'

/** What reading a form needs to know. */
export interface FormKnowledge extends Recognition {
  readonly textPacks: readonly TextPack[]
  /** R4 validity of one resource. */
  readonly check: (resource: unknown) => Issue[]
}

/** A response that can be trusted, with what had to be taken for granted, or the reasons why it cannot. */
export type Form =
  | { readonly context: Context; readonly answers: Answers; readonly notices: readonly Issue[] }
  | { readonly faults: readonly Issue[] }

export const isError = ({ severity }: Issue): boolean => severity === 'error' || severity === 'fatal'

/**
 * Reads whatever came in as a response to one of our instruments, or to a form that stands for one, or says why not, with every fault that can be seen at once:
 * first its size, then what kind of thing it is and whether it is valid R4, then whom it is about and what it answers.
 */
export function readForm(knowledge: FormKnowledge, received: unknown, recognised: Recognised = recognise(knowledge, received)): Form {
  const tooLong = measureIssues(received)
  if (tooLong.length > 0) return { faults: tooLong }
  if (!isResponse(received)) return { faults: [fault('structure', 'QuestionnaireResponse', 'This is no QuestionnaireResponse')] }
  const { response, notices } = normalised(received)
  const unknown = 'faults' in recognised ? recognised.faults : []
  const invalid = [...unknown, ...knowledge.check(response).filter(isError), ...modifierIssues(response)]
  if ('faults' in recognised || invalid.length > 0) return { faults: invalid }
  const { instrument, outside } = recognised
  const answers = outside === undefined ? readAnswers(instrument, response) : readOutsideAnswers(outside, response)
  const faults = [...contextIssues(response), ...answers.issues].filter(isError)
  if (faults.length > 0) return { faults }
  return { context: contextOf(instrument, knowledge.textPacks, response, outside), answers, notices: [...recognised.notices, ...notices] }
}

const isResponse = (received: unknown): received is QuestionnaireResponse =>
  typeof received === 'object' && received !== null && (received as { resourceType?: unknown }).resourceType === 'QuestionnaireResponse'

/** A modifier may turn the meaning of what it stands in; none is known here, so none may be passed over. */
function modifierIssues(response: QuestionnaireResponse): Issue[] {
  const issues: Issue[] = []
  look(response, 'QuestionnaireResponse')
  return issues

  function look(holder: unknown, expression: string): void {
    if (typeof holder !== 'object' || holder === null) return
    const { modifierExtension, item, answer } = holder as Record<string, unknown>
    if (modifierExtension !== undefined)
      issues.push(fault('not-supported', `${expression}.modifierExtension`, 'A modifier extension is not understood'))
    lookAtList(item, `${expression}.item`)
    lookAtList(answer, `${expression}.answer`)
  }

  function lookAtList(list: unknown, expression: string): void {
    if (!Array.isArray(list)) return
    for (let index = 0; index < list.length; index++) look(list[index], `${expression}[${index}]`)
  }
}

const fault = (code: Issue['code'], expression: string, diagnostics: string): Issue => ({
  severity: 'error',
  code,
  expression,
  diagnostics,
})
