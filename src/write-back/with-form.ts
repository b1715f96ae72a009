import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { isForm } from '../score/forms.ts'
import { recognise } from '../score/recognise.ts'

/**
 * The same knowledge, and the definition of the form that a response answers where it cannot be told without: asked of the server that holds the response, once. A server that
 * has none, or does not show it, leaves things as they are; one that is down throws, for the answer may be another later.
 */
export async function withForm<K extends Pick<Knowledge, 'instruments' | 'bindings' | 'forms'>>(
  knowledge: K,
  server: FhirServer,
  response: QuestionnaireResponse,
): Promise<K> {
  const { questionnaire } = response
  if (questionnaire === undefined || questionnaire.startsWith('#') || !('faults' in recognise(knowledge, response))) return knowledge
  const found = await fetchForms(server, questionnaire)
  return found.length === 0 ? knowledge : { ...knowledge, forms: [...(knowledge.forms ?? []), ...found] }
}

async function fetchForms(server: FhirServer, name: string): Promise<Questionnaire[]> {
  try {
    const relative = /^Questionnaire\/([A-Za-z0-9\-.]{1,64})$/.exec(name)?.[1]
    if (relative !== undefined) return [await server.read<Questionnaire>('Questionnaire', relative)].filter(isForm)
    const [url = '', version] = name.split('|')
    const held = await server.searchAll<Questionnaire>('Questionnaire', { url, ...(version !== undefined && { version }) })
    return held.filter(isForm)
  } catch (error) {
    if (error instanceof AssessmentError && error.code !== 'transient' && error.code !== 'throttled') return []
    throw error
  }
}
