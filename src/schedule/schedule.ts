import type { Words } from '../instrument/instrument.ts'

/** What `resources/schedules/<id>.json` holds; its form is `schemas/schedule.json`. */
export interface Schedule {
  readonly id: string
  readonly version: string
  /** A research calendar is nobody's reason to be called in. */
  readonly purpose: 'care' | 'research'
  readonly title: Words
  /** Who says so. */
  readonly source: string
  /** Who says on which days a form is still a visit's. */
  readonly daysSource: string
  /** Whether a visit uses all of its instruments or the one that the site chooses. */
  readonly selection: 'all' | 'exactly-one'
  /** Forms that belong to every visit and are no instruments of ours. */
  readonly others: readonly { readonly title: Words; readonly note: string }[]
  /** In the order of time. */
  readonly visits: readonly Visit[]
}

export interface Visit {
  readonly id: string
  readonly title: Words
  /** Absent: the visit itself decides. */
  readonly after?: { readonly event: 'birth'; readonly value: number; readonly unit: 'd' | 'wk' | 'mo' }
  /** First and last day on which it is due, from birth (day 0); up to 0: before it, counted from the due date while no birth is recorded. */
  readonly days: readonly [number, number]
  readonly instruments: readonly string[]
}
