import type { RequestHandler } from 'express'
import type { FhirResource, Parameters, Questionnaire, QuestionnaireResponse, Reference } from 'fhir/r4.js'
import { AssessmentError, type Issue, isBroken } from '../errors.ts'
import { operationOutcome } from '../fhir/operation-outcome.ts'
import type { Instrument } from '../instrument/instrument.ts'
import { isForMothers, packFor, primaryLanguage, textStatusOf } from '../instrument/text-pack.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { INFANT_EXTENSION } from '../score/context.ts'
import { referenceType, sameTarget } from '../score/reference.ts'
import type { Artifacts } from './artifacts.ts'
import { sendResource } from './error-handler.ts'
import { type PopulateContext, type PopulateOrder, populateOrderOf, type WantedForm } from './populate-body.ts'

export interface PopulateOptions {
  readonly knowledge: Knowledge
  readonly artifacts: Artifacts
  readonly now: () => Date
}

/**
 * `POST /Questionnaire/$populate` and `…/[id]/$populate`: a response that is begun, with its own elements filled in and not one answer: what a mother is
 * asked must be answered by her, and an answer that stands there already is no measurement. Keeps nothing and asks nobody.
 * @see http://hl7.org/fhir/uv/sdc/OperationDefinition/Questionnaire-populate
 */
export function populateOperation(options: PopulateOptions): RequestHandler {
  return (req, res) => {
    const id = req.params.id === undefined ? undefined : String(req.params.id)
    const order = populateOrderOf(req.body as unknown, id !== undefined)
    const questionnaire = questionnaireOf(options.artifacts, id === undefined ? order.wanted! : { id })
    const { response, issues } = populated(options, questionnaire, order)
    const parameters: Parameters = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'response', resource: response },
        { name: 'issues', resource: operationOutcome(issues) },
      ],
    }
    sendResource(res, 200, parameters)
  }
}

/** The one of ours that is meant; a Questionnaire that comes along counts by its name, its content being ours to know. Throws `not-found`, or `multiple-matches` for a canonical without version that has several. */
function questionnaireOf(artifacts: Artifacts, wanted: WantedForm): Questionnaire {
  const found = matches(artifacts, wanted)
  const [one, second] = found
  if (one === undefined) throw new AssessmentError('not-found', 'No such Questionnaire is published here')
  if (second !== undefined)
    throw new AssessmentError('multiple-matches', 'There are several versions of this Questionnaire: name one (url|version)')
  return one
}

function matches(artifacts: Artifacts, wanted: WantedForm): readonly Questionnaire[] {
  if ('id' in wanted) return [artifacts.read('Questionnaire', wanted.id)].filter((one) => one !== undefined) as Questionnaire[]
  if ('identifier' in wanted) {
    const { system, value } = wanted.identifier
    const all = artifacts.search('Questionnaire', {}) as readonly Questionnaire[]
    return all.filter(({ identifier = [] }) =>
      identifier.some((one) => one.system === system && one.value === value && value !== undefined),
    )
  }
  const [url, version] = 'form' in wanted ? [wanted.form.url, wanted.form.version] : wanted.canonical.split('|')
  if (url === undefined) return []
  return artifacts.search('Questionnaire', { url, ...(version !== undefined && { version }) }) as readonly Questionnaire[]
}

interface Populated {
  readonly response: QuestionnaireResponse
  readonly issues: readonly Issue[]
}

function populated({ knowledge, now }: PopulateOptions, questionnaire: Questionnaire, order: PopulateOrder): Populated {
  const { subject, contexts } = order
  if ((referenceType(subject) ?? 'Patient') !== 'Patient')
    throw new AssessmentError('value', 'The subject is no Patient', { expression: 'subject' })
  for (const { name, resource } of contexts) checkContext(knowledge, name, resource)
  const { encounter, author, infant } = namedIn(contexts)
  if (infant !== undefined && sameTarget(infant, subject))
    throw new AssessmentError('value', 'The subject is the infant; a response is always about the mother', { expression: 'subject' })
  const instrument = knowledge.instruments.find(({ id, version }) => id === questionnaire.id && version === questionnaire.version)
  const language = languageOf(knowledge, instrument, questionnaire, contexts)
  const response: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    ...(language !== undefined && { language }),
    ...(infant && { extension: [{ url: INFANT_EXTENSION, valueReference: infant }] }),
    questionnaire: `${questionnaire.url}|${questionnaire.version}`,
    status: 'in-progress',
    subject,
    ...(encounter && { encounter }),
    authored: now().toISOString(),
    ...(author && { author }),
  }
  const [fault] = knowledge.check(response).filter(({ severity }) => severity === 'error')
  if (fault !== undefined) throw new AssessmentError('value', `What came along makes no valid response: ${fault.diagnostics}`)
  return { response, issues: issuesOf({ knowledge, instrument, order, infant, language }) }
}

/** What came along is read only where it is valid R4. Throws `value`, naming the context. */
function checkContext({ check }: Knowledge, name: string, resource: FhirResource | undefined): void {
  if (resource === undefined || !isBroken(check(resource))) return
  throw new AssessmentError('value', `The content of the context ${name} is no valid R4`)
}

const AUTHORS = ['Device', 'Practitioner', 'PractitionerRole', 'Patient', 'RelatedPerson', 'Organization']

/** What the caller knows, as references of the types that a response may have there. */
function namedIn(contexts: readonly PopulateContext[]): { encounter?: Reference; author?: Reference; infant?: Reference } {
  const of = (names: readonly string[], types: readonly string[]): Reference | undefined =>
    contexts
      .filter(({ name }) => names.includes(name))
      .map(asReference)
      .find((one) => one !== undefined && types.includes(referenceType(one) ?? ''))
  const [encounter, author, infant] = [
    of(['encounter'], ['Encounter']),
    of(['user', 'author'], AUTHORS),
    of(['infant'], ['Patient', 'RelatedPerson']),
  ]
  return { ...(encounter && { encounter }), ...(author && { author }), ...(infant && { infant }) }
}

const asReference = ({ reference, resource }: PopulateContext): Reference | undefined =>
  reference ?? (resource?.id === undefined ? undefined : { reference: `${resource.resourceType}/${resource.id}` })

/** Hers, where the form is worded in it; else that of the form. */
function languageOf(
  { textPacks }: Knowledge,
  instrument: Instrument | undefined,
  { language }: Questionnaire,
  contexts: readonly PopulateContext[],
): string | undefined {
  const spoken = contexts.flatMap(({ name, resource }) => (name === 'patient' ? languagesOf(resource) : []))
  const worded = instrument && spoken.map((one) => packFor(textPacks, instrument, one)?.language).find((one) => one !== undefined)
  return worded ?? language
}

function languagesOf(resource: FhirResource | undefined): string[] {
  if (resource?.resourceType !== 'Patient' || resource.communication === undefined) return []
  const preferredFirst = resource.communication.toSorted((one, other) => Number(other.preferred === true) - Number(one.preferred === true))
  return preferredFirst
    .flatMap(({ language }) => language.coding ?? [])
    .flatMap(({ code }) => (code === undefined ? [] : [primaryLanguage(code)]))
}

const KNOWN = ['patient', 'encounter', 'user', 'author', 'infant']

interface Filled {
  readonly knowledge: Knowledge
  readonly instrument: Instrument | undefined
  readonly order: PopulateOrder
  readonly infant: Reference | undefined
  readonly language: string | undefined
}

function issuesOf({ knowledge, instrument, order: { contexts, local }, infant, language }: Filled): Issue[] {
  const others = contexts.map(({ name }) => name).filter((name) => !KNOWN.includes(name))
  const status = instrument && textStatusOf(knowledge.textPacks, instrument, language)
  return [
    information('No item is filled in: a questionnaire of this kind measures only what she answers herself'),
    ...(others.length > 0 ? [information(`Not used: the context ${others.join(', ')}`)] : []),
    ...(local ? [information('This service holds nothing of anybody: only what came along was used')] : []),
    ...(instrument?.aboutInfant === true && infant === undefined
      ? [warning('The form is about one infant, and no context `infant` names it: twins could not be told apart')]
      : []),
    ...(status !== undefined && !isForMothers(status)
      ? [warning(`Its wording is of status ${status}: for recording from paper, not to be given to mothers`)]
      : []),
  ]
}

const issue =
  (severity: Issue['severity']) =>
  (diagnostics: string): Issue => ({ severity, code: 'informational', diagnostics })
const [information, warning] = [issue('information'), issue('warning')]
