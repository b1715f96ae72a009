import { dateOf, dayOf } from '../trajectory/calendar.ts'
import type { DayOffset, Story, StoryName } from './story.ts'

/** When the stories are told: `today` as `YYYY-MM-DD`, and the offset of their times. */
export interface StoryTime {
  readonly today: string
  readonly zone: string
}

/** The date that lies so many days from today. */
export const dateAt = (today: string, offset: DayOffset): string => dateOf(dayOf(today)! + offset)

export const daysBetween = (from: string, to: string): number => dayOf(to)! - dayOf(from)!

/** The instant of a clock time on that day. */
export const instantAt = ({ today, zone }: StoryTime, offset: DayOffset, time: string): string =>
  `${dateAt(today, offset)}T${time}:00${zone}`

/** A name as it is read aloud: family name first in kanji and kana, last otherwise. */
export function nameText({ family, given, script }: StoryName): string {
  const parts = script === 'IDE' ? [family, ...given] : [...given, family]
  return parts.filter((part) => part !== undefined).join(' ')
}

/** Completed years on a day. */
export const ageOn = (birthDate: string, today: string): number =>
  Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4)) - (today.slice(4) < birthDate.slice(4) ? 1 : 0)

/** Where a mother stands, as far as her record tells: the latest birth, else a due date. */
export type Stage =
  | { readonly kind: 'postpartum'; readonly days: number; readonly infants: number }
  | { readonly kind: 'pregnant'; readonly daysLeft: number }
  | { readonly kind: 'overdue'; readonly days: number }
  | { readonly kind: 'unknown' }

/** `since`: days that have passed since the story was told. */
export function stageOf({ infants = [], facts = [] }: Pick<Story, 'infants' | 'facts'>, since: number): Stage {
  const births = [...infants.map(({ born }) => born), ...facts.filter(({ kind }) => kind === 'delivery').map(({ day }) => day)]
  if (births.length > 0) {
    const latest = Math.max(...births)
    // Twins may be born on both sides of midnight.
    return { kind: 'postpartum', days: since - latest, infants: infants.filter(({ born }) => latest - born <= 3).length }
  }
  const due = facts.find(({ kind }) => kind === 'due-date')?.day
  if (due === undefined) return { kind: 'unknown' }
  return due >= since ? { kind: 'pregnant', daysLeft: due - since } : { kind: 'overdue', days: since - due }
}
