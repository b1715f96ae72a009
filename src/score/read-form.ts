import type { QuestionnaireResponse } from 'fhir/r4.js'
import type { Issue } from '../errors.ts'
import { canonicalOf, type Instrument } from '../instrument/instrument.ts'
import type { TextPack } from '../instrument/text-pack.ts'
import { type Context, contextIssues, contextOf } from './context.ts'
import { measureIssues } from './measure.ts'
import { type Answers, readAnswers } from './read-answers.ts'

/** What reading a form needs to know. */
export interface FormKnowledge {
  readonly instruments: readonly Instrument[]
  readonly textPacks: readonly TextPack[]
  /** R4 validity of one resource. */
  readonly check: (resource: unknown) => Issue[]
}

/** A response that can be trusted, or the reasons why it cannot. */
export type Form = { readonly context: Context; readonly answers: Answers } | { readonly faults: readonly Issue[] }

export const isError = ({ severity }: Issue): boolean => severity === 'error' || severity === 'fatal'

/**
 * Reads whatever came in as a response to one of our instruments, or says why not, with every fault that can be seen at once:
 * first its size, then what kind of thing it is and whether it is valid R4, then whom it is about and what it answers.
 */
export function readForm(knowledge: FormKnowledge, received: unknown): Form {
  const tooLong = measureIssues(received)
  if (tooLong.length > 0) return { faults: tooLong }
  if (!isResponse(received)) return { faults: [fault('structure', 'QuestionnaireResponse', 'This is no QuestionnaireResponse')] }
  const instrument = knowledge.instruments.find((one) => canonicalOf(one) === received.questionnaire)
  const invalid = [
    ...(instrument ? [] : [unknownForm(received)]),
    ...knowledge.check(received).filter(isError),
    ...modifierIssues(received),
  ]
  if (instrument === undefined || invalid.length > 0) return { faults: invalid }
  const answers = readAnswers(instrument, received)
  const faults = [...contextIssues(received), ...answers.issues].filter(isError)
  return faults.length > 0 ? { faults } : { context: contextOf(instrument, knowledge.textPacks, received), answers }
}

const isResponse = (received: unknown): received is QuestionnaireResponse =>
  typeof received === 'object' && received !== null && (received as { resourceType?: unknown }).resourceType === 'QuestionnaireResponse'

function unknownForm({ questionnaire }: QuestionnaireResponse): Issue {
  const expression = 'QuestionnaireResponse.questionnaire'
  if (typeof questionnaire !== 'string') return fault('not-supported', expression, 'The response names no questionnaire')
  const versioned = questionnaire.includes('|')
  return fault(
    'not-supported',
    expression,
    versioned ? 'No instrument of this url and version is installed' : 'The questionnaire is named without its version (url|version)',
  )
}

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
