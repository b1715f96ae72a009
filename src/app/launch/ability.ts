import { type Interaction, parseScopes, type Scope, scopesFor } from '../../ehr/scopes.ts'

/** What the app does with the record; each needs its scopes, and says so in words when they were not granted. */
export const ABILITIES = ['results', 'forms', 'infants', 'drafts', 'save', 'write', 'acknowledge', 'stay'] as const
export type Ability = (typeof ABILITIES)[number]

const NEEDS: Readonly<Record<Exclude<Ability, 'stay'>, readonly (readonly [type: string, interactions: string])[]>> = {
  results: [
    ['Observation', 'rs'],
    ['RiskAssessment', 'rs'],
  ],
  forms: [['QuestionnaireResponse', 'rs']],
  infants: [['RelatedPerson', 's']],
  drafts: [['QuestionnaireResponse', 'cu']],
  save: [['QuestionnaireResponse', 'c']],
  write: [
    ['QuestionnaireResponse', 'c'],
    ['Observation', 'cu'],
    ['RiskAssessment', 'cu'],
    ['Provenance', 'c'],
  ],
  acknowledge: [['Task', 'cu']],
}

/** For each thing that the login does not permit, the scopes that it lacks. */
export type Lacking = Readonly<Partial<Record<Ability, readonly string[]>>>

/**
 * What cannot be done with a granted `scope` text. Granted may be less than asked (SMART 2.2: "the scopes granted may differ"), and a scope
 * narrowed by a search (`Observation.rs?category=…|laboratory`) covers screening results only if it names the category survey.
 */
export function lackingIn(granted: string): Lacking {
  const scopes = parseScopes(granted)
  const lacking = Object.entries(NEEDS).map(([ability, needs]) => [
    ability,
    needs.flatMap(([type, interactions]) => {
      const letters = [...interactions].filter((one) => !isGranted(scopes, type, one as Interaction)).join('')
      return letters === '' ? [] : [`patient/${type}.${letters}`]
    }),
  ])
  const stay = /\b(online|offline)_access\b/.test(granted) ? [] : ['online_access']
  return Object.fromEntries([...lacking, ['stay', stay]].filter(([, missing]) => missing!.length > 0))
}

const isGranted = (scopes: readonly Scope[], type: string, interaction: Interaction): boolean =>
  scopesFor(scopes, type, interaction).some(
    ({ query }) =>
      query === undefined ||
      (type === 'Observation' && Object.keys(query).join() === 'category' && /(^|\||,)survey\b/.test(query.category ?? '')),
  )
