import type { QuestionnaireResponse, Reference } from 'fhir/r4.js'
import type { Circumstance } from '../fhir/response-extensions.ts'
import type { Mode } from './form/form.ts'

/** One question a page, or all questions of a form on one. */
export type Layout = 'paged' | 'whole'

/** A form whose turn comes; it has its identity before it is opened, so that a reload finds it. */
export interface Planned {
  readonly uuid: string
  /** Instrument id. */
  readonly instrument: string
  readonly infant?: Reference
}

/** A form answered in this sitting whose result nobody has seen yet. */
export interface Answered {
  readonly response: QuestionnaireResponse
  /** Whether the server holds it. */
  readonly stored: boolean
}

/** Forms given one after another: those to come, and those answered. */
export interface Sitting {
  readonly mode: Mode
  readonly language: string
  readonly layout: Layout
  readonly circumstances: readonly Circumstance[]
  readonly rest: readonly Planned[]
  readonly answered: readonly Answered[]
}

/** The same sitting with an answered form as the server now holds it. */
export const withStored = (sitting: Sitting, response: QuestionnaireResponse): Sitting => ({
  ...sitting,
  answered: sitting.answered.map((one) =>
    one.response.identifier?.value === response.identifier?.value ? { response, stored: true } : one,
  ),
})
