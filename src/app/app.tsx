import { useEffect } from 'preact/hooks'
import type { Knowledge } from '../risk/knowledge.ts'
import { AppContext } from './app-context.ts'
import type { Flow } from './flow.ts'
import type { AppSettings } from './launch/settings.ts'
import { LanguageChoice } from './parts/language-choice.tsx'
import { PatientBanner } from './parts/patient-banner.tsx'
import { ScreenView } from './screen-view.tsx'
import { FaultScreen } from './screens/fault-screen.tsx'
import { StartScreen } from './screens/start-screen.tsx'
import { StartingScreen } from './screens/starting-screen.tsx'
import type { Action, State } from './state.ts'
import { SpeechContext, sayIn, screenLanguageOf } from './words.ts'

/** What is there besides the state; knowledge and flow come once somebody is logged in. */
export interface AppParts {
  readonly settings: AppSettings
  readonly knowledge?: Knowledge
  readonly flow?: Flow
}

interface AppProps {
  readonly state: State
  readonly parts: AppParts
  readonly dispatch: (action: Action) => void
  readonly launchAt: (issuer: string) => void
}

/** In her hands there is neither banner nor language switch: nothing of the record, and all in the language of the wording she was given. */
const HERS: readonly State['screen']['name'][] = ['hand-over', 'paused', 'hidden', 'thanks']

export function App({ state, parts, dispatch, launchAt }: AppProps) {
  const { screen, person, session, sitting } = state
  const isHers = HERS.includes(screen.name)
  const language = isHers && sitting ? screenLanguageOf(sitting.language) : state.language
  const say = sayIn(language)
  useEffect(() => {
    document.documentElement.lang = language
    document.title = screen.name === 'hidden' ? say('hidden.title') : say('app.title')
  }, [language, say, screen.name])
  return (
    <SpeechContext.Provider value={{ language, say }}>
      <header class="top">
        {person && session?.needsBanner && !isHers && <PatientBanner patient={person.patient} />}
        {!isHers && <LanguageChoice choose={(chosen) => dispatch({ type: 'language-chosen', language: chosen })} />}
      </header>
      <main>
        <Main state={state} parts={parts} launchAt={launchAt} />
      </main>
    </SpeechContext.Provider>
  )
}

function Main({ state, parts, launchAt }: Pick<AppProps, 'state' | 'parts' | 'launchAt'>) {
  const { settings, knowledge, flow } = parts
  const { screen } = state
  if (screen.name === 'fault') return <FaultScreen fault={screen.fault} detail={screen.detail} retry={flow && (() => flow.open())} />
  if (screen.name === 'start') return <StartScreen go={launchAt} />
  if (knowledge === undefined || flow === undefined) return <StartingScreen />
  return (
    <AppContext.Provider value={{ state, flow, knowledge, settings }}>
      <ScreenView />
    </AppContext.Provider>
  )
}
