import type { PageWords } from './launch-page-words.ts'
import type { LaunchLink } from './smart/launch.ts'

/** A way to open the app that is not the plain one: the words that name it, what it asks of the EHR, and how many charts share one window. */
export interface OtherLaunch {
  readonly name: keyof PageWords
  readonly options: Omit<Partial<LaunchLink>, 'patient' | 'launch_url'>
  readonly frames?: 1 | 2
}

const READING = 'patient/*.rs online_access'
const EPDS = JSON.stringify([{ canonical: 'https://w3id.org/kizuna/fhir/Questionnaire/epds|1.0.0', type: 'Questionnaire' }])

/** What record systems do besides the plain launch, and what goes wrong with them. Each is a link on the launch page and a case in the tests. */
export const OTHER_LAUNCHES: readonly OtherLaunch[] = [
  { name: 'inFrame', options: { need_patient_banner: 'false' }, frames: 1 },
  { name: 'inTwoFrames', options: {}, frames: 2 },
  { name: 'withQuestionnaire', options: { fhir_context: EPDS } },
  { name: 'withIntent', options: { intent: 'give' } },
  { name: 'readingOnly', options: { scopes: READING } },
  { name: 'withoutDrafts', options: { scopes: 'patient/*.rs patient/QuestionnaireResponse.crs online_access' } },
  { name: 'shortLogin', options: { scopes: 'patient/*.cruds', lifetime: '60' } },
  { name: 'refreshing', options: { lifetime: '40' } },
  { name: 'denied', options: { outcome: 'denied' } },
  { name: 'expiredCode', options: { outcome: 'expired-code' } },
  { name: 'withoutPatient', options: { outcome: 'no-patient' } },
]
