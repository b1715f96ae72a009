import type { Extension, QuestionnaireResponse } from 'fhir/r4.js'
import { BASE } from '../instrument/instrument.ts'

export const CIRCUMSTANCE_EXTENSION = `${BASE}/StructureDefinition/circumstance`
export const CIRCUMSTANCE_SYSTEM = `${BASE}/CodeSystem/circumstance`
export const RETRACTION_EXTENSION = `${BASE}/StructureDefinition/retraction-reason`

/** In whose company a form was answered: an answer given beside a partner may not be the one given alone. */
export type Circumstance = 'alone' | 'accompanied' | 'interpreter'
const CIRCUMSTANCES: readonly Circumstance[] = ['alone', 'accompanied', 'interpreter']

export const circumstanceExtensions = (circumstances: readonly Circumstance[]): Extension[] =>
  circumstances.map((code) => ({ url: CIRCUMSTANCE_EXTENSION, valueCoding: { system: CIRCUMSTANCE_SYSTEM, code } }))

/** What a response says of its circumstances; empty: not recorded, which is neither alone nor accompanied. */
export const circumstancesOf = ({ extension = [] }: Pick<QuestionnaireResponse, 'extension'>): Circumstance[] =>
  CIRCUMSTANCES.filter((code) => extension.some(({ url, valueCoding }) => url === CIRCUMSTANCE_EXTENSION && valueCoding?.code === code))

/** Why a response was taken back, in the words of whoever did. */
export const retractionReasonOf = ({ extension = [] }: Pick<QuestionnaireResponse, 'extension'>): string | undefined =>
  extension.find(({ url }) => url === RETRACTION_EXTENSION)?.valueString

/** The response taken back: its answers stay readable, nothing of them counts any more. */
export const retracted = (response: QuestionnaireResponse, reason: string): QuestionnaireResponse => ({
  ...response,
  extension: [
    ...(response.extension ?? []).filter(({ url }) => url !== RETRACTION_EXTENSION),
    { url: RETRACTION_EXTENSION, valueString: reason },
  ],
  status: 'entered-in-error',
})
