import type { Extension, QuestionnaireResponse, Reference } from 'fhir/r4.js'
import type { Issue } from '../errors.ts'
import { BASE, type Instrument, type TextStatus } from '../instrument/instrument.ts'
import { type TextPack, textStatusOf } from '../instrument/text-pack.ts'
import { identifierOf } from './normalise.ts'
import type { OutsideForm } from './recognise.ts'
import { isReference, referenceTarget, referenceType, sameTarget } from './reference.ts'

export const INFANT_EXTENSION = `${BASE}/StructureDefinition/infant`

/** Who, when and about whom: what a response says apart from its answers. */
export interface Context {
  readonly instrument: Instrument
  readonly id?: string
  /** `system|value` of the response's identifier, else `QuestionnaireResponse/<id>`; absent when it has neither. */
  readonly identity?: string
  readonly responseReference: Reference
  readonly status: QuestionnaireResponse['status']
  readonly subject: Reference
  /** `Patient/<id>`, or `system|value` of a logical reference. */
  readonly subjectKey: string
  readonly authored: string
  readonly language?: string
  readonly textStatus: TextStatus
  readonly encounter?: Reference
  /** The infant the answers concern, where the response says so. */
  readonly infant?: Reference
  /** Answered by another than the mother. */
  readonly proxy: boolean
  readonly author?: Reference
  /** The form of somebody else that was answered, and the binding it was read through. */
  readonly outside?: OutsideForm
}

/** The response identity of anything that looks like a response; read loosely, for it may be about to be refused. */
export function identityOf(response: { id?: unknown; identifier?: unknown }): string | undefined {
  const { system, value } = identifierOf(response.identifier) ?? {}
  if (typeof system === 'string' && typeof value === 'string') return `${system}|${value}`
  return typeof response.id === 'string' ? `QuestionnaireResponse/${response.id}` : undefined
}

/** The infant extension of a response or of a score Observation. */
export const infantOf = (extension: readonly Extension[] | undefined): Reference | undefined =>
  extension?.find(({ url }) => url === INFANT_EXTENSION)?.valueReference

/**
 * Whether another than the mother answered: `source` names someone else. A source that names nobody (display only) is taken as hers;
 * whoever records from paper is `author`, not `source`.
 */
export function isProxy({ source, subject }: Pick<QuestionnaireResponse, 'source' | 'subject'>): boolean {
  if (source === undefined) return false
  if (referenceTarget(source) === undefined) return source.type !== undefined && source.type !== 'Patient'
  return !sameTarget(source, subject)
}

const referenceOf = ({ id, identifier }: QuestionnaireResponse): Reference => {
  if (id !== undefined) return { reference: `QuestionnaireResponse/${id}` }
  return { type: 'QuestionnaireResponse', ...(identifier && { identifier }) }
}

/** What keeps a structurally valid response from being scored: no subject, a subject who is no Patient, no date. */
export function contextIssues(response: QuestionnaireResponse): Issue[] {
  const { subject, authored } = response
  const issues: Issue[] = []
  if (subject === undefined) issues.push(fault('required', 'subject', 'The response has no subject: the mother, as a Patient'))
  else if (!isPatient(response)) issues.push(fault('value', 'subject', 'The subject is no Patient'))
  if (authored === undefined) issues.push(fault('required', 'authored', 'The response has no authored date'))
  if ((response.extension ?? []).filter(({ url }) => url === INFANT_EXTENSION).length > 1) {
    issues.push(fault('duplicate', 'extension', 'The response names two infants'))
  }
  if (subject !== undefined && infantOf(response.extension) && sameTarget(infantOf(response.extension), subject)) {
    issues.push(fault('value', 'subject', 'The subject is the infant; a response is always about the mother'))
  }
  return issues
}

const fault = (code: Issue['code'], element: string, diagnostics: string): Issue => ({
  severity: 'error',
  code,
  expression: `QuestionnaireResponse.${element}`,
  diagnostics,
})

const isPatient = ({ subject, contained }: QuestionnaireResponse): boolean => {
  if (subject === undefined || referenceTarget(subject) === undefined) return false
  const local = /^#(.+)$/.exec(subject.reference ?? '')?.[1]
  if (local !== undefined) return contained?.some(({ id, resourceType }) => id === local && resourceType === 'Patient') ?? false
  return (referenceType(subject) ?? 'Patient') === 'Patient'
}

/**
 * Whom a response is about that cannot be trusted otherwise, as its own words made clean; nothing unless it names a response identity and a Patient who is
 * not the infant. Nothing is redirected: what an infant's record got stays there.
 */
export function whoseOf(
  received: unknown,
  infants: readonly string[],
): { identity: string; subject: Reference; responseReference: Reference } | undefined {
  if (typeof received !== 'object' || received === null) return undefined
  const { id, identifier, subject, extension } = received as Record<string, unknown>
  const identity = identityOf({ id, identifier })
  const who = isReference(subject) ? cleanReference(subject) : undefined
  const infant = infantOf(Array.isArray(extension) ? extension.filter((one) => typeof one === 'object' && one !== null) : [])
  if (identity === undefined || who === undefined || (isReference(infant) && sameTarget(infant, who))) return undefined
  if (infants.includes(referenceTarget(who)!)) return undefined
  const responseReference =
    typeof id === 'string' ? { reference: `QuestionnaireResponse/${id}` } : logical('QuestionnaireResponse', identity)
  return { identity, subject: who, responseReference }
}

/** A literal or logical reference to a Patient, and nothing else that stood in it. */
function cleanReference(reference: Reference): Reference | undefined {
  const target = referenceTarget(reference)
  if (target === undefined || (referenceType(reference) ?? 'Patient') !== 'Patient' || target.startsWith('#')) return undefined
  return reference.reference === undefined ? logical('Patient', target) : { reference: reference.reference }
}

function logical(type: string, target: string): Reference {
  const [system = '', value = ''] = target.split('|')
  return { type, identifier: { ...(system !== '' && { system }), value } }
}

/** Another's wording is as good as its binding says; unsaid, it is ours where ours is free to reproduce, else nobody compared it. */
function outsideStatus({ binding, isNamed }: OutsideForm, own: TextStatus): TextStatus {
  return binding.textStatus ?? (isNamed && own === 'official' ? own : 'unverified')
}

/** The context of a response in which `contextIssues` found nothing. */
export function contextOf(
  instrument: Instrument,
  packs: readonly TextPack[],
  response: QuestionnaireResponse,
  outside?: OutsideForm,
): Context {
  const { id, encounter, author } = response
  const language = response.language ?? outside?.binding.language
  const own = textStatusOf(packs, instrument, language)
  const identity = identityOf(response)
  const infant = infantOf(response.extension)
  return {
    instrument,
    ...(id !== undefined && { id }),
    ...(identity !== undefined && { identity }),
    responseReference: referenceOf(response),
    status: response.status,
    subject: response.subject!,
    subjectKey: referenceTarget(response.subject)!,
    authored: response.authored!,
    ...(language !== undefined && { language }),
    textStatus: outside === undefined ? own : outsideStatus(outside, own),
    ...(encounter && { encounter }),
    ...(infant && { infant }),
    proxy: isProxy(response),
    ...(author && { author }),
    ...(outside && { outside }),
  }
}
