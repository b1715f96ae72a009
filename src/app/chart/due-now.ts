import type { Due, Plan } from '../../schedule/due.ts'
import type { Visit } from '../../schedule/schedule.ts'

/** The forms of one visit that stand alike. */
export interface DueVisit {
  readonly visit: Visit
  readonly state: Due['state']
  /** Instrument ids, in the order of the schedule. */
  readonly instruments: readonly string[]
  readonly from?: string
  readonly until?: string
}

/** What stands in one of these states, a line a visit. */
export function visitsIn({ due }: Plan, states: readonly Due['state'][]): DueVisit[] {
  const groups = Map.groupBy(
    due.filter(({ state }) => states.includes(state)),
    ({ visit, state }) => `${visit.id} ${state}`,
  )
  return [...groups.values()].map((forms) => {
    const { visit, state, from, until } = forms[0]!
    return {
      visit,
      state,
      instruments: [...new Set(forms.map((form) => instrumentFor(form)))],
      ...(from !== undefined && { from }),
      ...(until !== undefined && { until }),
    }
  })
}

/** Where any one of several does, the first that the schedule names. */
const instrumentFor = ({ instruments }: Due): string => instruments[0]!

/** The set to give today: all that is due or overdue, each instrument once. */
export const dueSet = (plan: Plan): string[] => [...new Set(visitsIn(plan, ['overdue', 'due']).flatMap(({ instruments }) => instruments))]

/** Visits of an instrument that have gone by without it: a gap in her course, to be seen as one. */
export const gapsOf = ({ due }: Plan, instrument: string): Visit[] => [
  ...new Set(
    due
      .filter(({ state, instruments }) => (state === 'missed' || state === 'overdue') && instruments.includes(instrument))
      .map(({ visit }) => visit),
  ),
]
