import FHIR from 'fhirclient'
import { render } from 'preact'
import { createFhirServer } from '../ehr/fhir-server.ts'
import { App, type AppParts } from './app.tsx'
import { createClinic } from './clinic.ts'
import { createFlow } from './flow.ts'
import { createKeptDrafts } from './form/kept-drafts.ts'
import { createLock } from './hand-over-lock.ts'
import { watchIdle } from './idle.ts'
import { createKeepingClinic } from './keeping-clinic.ts'
import { loadKnowledge } from './knowledge.ts'
import { faultOf, LaunchError } from './launch/fault.ts'
import { type LaunchPage, launch, type Smart } from './launch/launch.ts'
import { DEFAULT_SETTINGS, fetchSettings } from './launch/settings.ts'
import { FORGETFUL, tabStorage } from './launch/storage.ts'
import { applyStyle } from './launch/style.ts'
import { type Action, reduce, type State } from './state.ts'
import { firstLanguage, rememberLanguage } from './words.ts'

/** Milliseconds of quiet before answers are sent. */
const QUIET = 800
/** Milliseconds until answers that could not be sent are sent again. */
const AGAIN = 10_000

const storage = tabStorage()
const root = document.querySelector('#app')!
let state: State = {
  language: firstLanguage(new URL(location.href), storage ?? FORGETFUL, navigator.languages),
  screen: { name: 'starting' },
  saved: 'nothing',
}
let parts: AppParts = { settings: DEFAULT_SETTINGS }

// The login leaves the page and comes back without the language that the launch asked for.
rememberLanguage(storage ?? FORGETFUL, state.language)

function dispatch(action: Action): void {
  if (action.type === 'language-chosen') rememberLanguage(storage ?? FORGETFUL, action.language)
  state = reduce(state, action)
  show()
}

const launchAt = (issuer: string): void => location.assign(`${location.pathname}?${new URLSearchParams({ iss: issuer })}`)

const show = (): void => render(<App state={state} parts={parts} dispatch={dispatch} launchAt={launchAt} />, root)

/** fhirclient has `settings`, its types do not. */
const smart = FHIR.oauth2 as unknown as Smart
const page: LaunchPage = {
  address: new URL(location.href),
  storage,
  show: (address) => history.replaceState(null, '', address),
  leave: (address) => location.assign(address),
}

/** The life of one page: settings, launch, knowledge, then the flow. What fails on the way ends on a page that says so. */
async function start(): Promise<void> {
  show()
  const told = fetchSettings(location.href)
  // Fetched while the login is finished; a page that only leads to the login needs none.
  const known = page.address.searchParams.has('iss') ? undefined : told.then(({ site }) => loadKnowledge(site))
  known?.catch(() => undefined)
  const launched = await launch(smart, page, told)
  const settings = await told
  parts = { settings }
  if (launched === 'leaving') return
  if (launched === 'no-launch') return dispatch({ type: 'went', to: { name: 'start' } })
  const { session, accessToken, isNew } = launched
  if (session.styleUrl !== undefined) applyStyle(session.styleUrl, document.documentElement.style)
  dispatch({ type: 'session-opened', session })
  const knowledge = await (known ?? loadKnowledge(settings.site))
  const server = createFhirServer({ baseUrl: session.baseUrl, accessToken })
  const drafts = createKeptDrafts(storage ?? FORGETFUL, session.baseUrl, session.patientId)
  const clinic = createKeepingClinic(createClinic(server, knowledge, session), drafts, session.lacking?.drafts === undefined)
  const lock = createLock(storage ?? FORGETFUL)
  const flow = createFlow({
    session,
    knowledge,
    clinic,
    lock,
    state: () => state,
    dispatch,
    now: () => new Date(),
    quiet: QUIET,
    again: AGAIN,
  })
  parts = { settings, knowledge, flow }
  watchIdle(document, settings.site.idleMinutes, flow.idle)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && flow.rest())
  window.addEventListener('online', flow.rest)
  await flow.open(isNew ? session.opening : undefined)
}

start().catch((error: unknown) => {
  const detail = error instanceof LaunchError ? error.detail : undefined
  dispatch({ type: 'went', to: { name: 'fault', fault: faultOf(error), ...(detail !== undefined && { detail }) } })
})
