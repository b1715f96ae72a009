import type { Knowledge } from '../risk/knowledge.ts'
import { chartOf } from './chart/chart.ts'
import { localInstant } from './clock.ts'
import type { Lock } from './hand-over-lock.ts'
import type { KeepingClinic } from './keeping-clinic.ts'
import { faultOf } from './launch/fault.ts'
import type { Session } from './launch/session.ts'
import type { Action, State } from './state.ts'

/** What the flow acts upon; all of it comes in, so that it runs in a test. */
export interface Stage {
  readonly session: Session
  readonly knowledge: Knowledge
  readonly clinic: KeepingClinic
  readonly lock: Lock
  readonly state: () => State
  readonly dispatch: (action: Action) => void
  readonly now: () => Date
  /** Milliseconds of quiet before answers are sent to the server. */
  readonly quiet: number
  /** Milliseconds after which answers that could not be sent are sent again. */
  readonly again: number
}

/** What goes wrong while something is read ends on a page that says so. */
export async function guarded({ dispatch }: Stage, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    dispatch({ type: 'went', to: { name: 'fault', fault: faultOf(error) } })
  }
}

/** Reads her record anew and makes the chart of it; the screen stays what it is. */
export async function readChart({ clinic, knowledge, dispatch, now }: Stage): Promise<void> {
  dispatch({ type: 'chart-read', chart: chartOf(knowledge, await clinic.readRecord(), localInstant(now())) })
}
