import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Knowledge } from '../risk/knowledge.ts'
import type { Flow } from './flow.ts'
import type { AppSettings } from './launch/settings.ts'
import type { State } from './state.ts'

/** What a screen shows and what it can have done; there is one once somebody is logged in. */
export interface AppValue {
  readonly state: State
  readonly flow: Flow
  readonly knowledge: Knowledge
  readonly settings: AppSettings
}

export const AppContext = createContext<AppValue | undefined>(undefined)

export function useApp(): AppValue {
  const value = useContext(AppContext)
  if (value === undefined) throw new Error('A screen of the chart is shown without a session')
  return value
}
