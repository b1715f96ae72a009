const two = (value: number): string => String(value).padStart(2, '0')

/** A moment as FHIR instant in the zone of this machine: the calendar day is hers, not Greenwich's. */
export function localInstant(moment: Date): string {
  const offset = -moment.getTimezoneOffset()
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60]
  const zone = `${offset < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`
  const time = `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`
  return `${localDate(moment)}T${time}${zone}`
}

/** The calendar day on this device, `YYYY-MM-DD`. */
export const localDate = (moment: Date): string => `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`

/** When a form was answered: this moment, or, for a paper of an earlier day, that day; its hour is not known. */
export const authoredOn = (day: string | undefined, now: Date): string =>
  day === undefined || day === localDate(now) ? localInstant(now) : day
