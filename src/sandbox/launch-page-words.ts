import type { Stage } from './story-day.ts'

/** The words of the launch page, `resources/sandbox/launch-page.json`, as HTML; `{n}` stands for a number. */
export type PageWords = Readonly<
  Record<
    | 'title'
    | 'lead'
    | 'charts'
    | 'how'
    | 'rules'
    | 'asHerself'
    | 'cards'
    | 'age'
    | 'days'
    | 'weeks'
    | 'months'
    | 'twins'
    | 'comma'
    | 'pregnant'
    | 'overdue'
    | 'unknown'
    | 'standalone'
    | 'standaloneText'
    | 'standaloneLink'
    | 'otherLaunches'
    | 'otherLaunchesText'
    | 'inFrame'
    | 'inTwoFrames'
    | 'withQuestionnaire'
    | 'withIntent'
    | 'readingOnly'
    | 'withoutDrafts'
    | 'shortLogin'
    | 'refreshing'
    | 'denied'
    | 'expiredCode'
    | 'withoutPatient'
    | 'others'
    | 'othersText'
    | 'ehrBase'
    | 'serviceBase'
    | 'capabilities'
    | 'smartConfiguration'
    | 'command',
    string
  >
>

/** `age 32, 7 months after birth`. */
export function courseText(words: PageWords, age: number, stage: Stage): string {
  const several = stage.kind === 'postpartum' && stage.infants > 1 ? [words.twins] : []
  return [fill(words.age, age), stageText(words, stage), ...several].join(words.comma)
}

function stageText(words: PageWords, stage: Stage): string {
  if (stage.kind === 'unknown') return words.unknown
  if (stage.kind === 'pregnant') return fill(words.pregnant, Math.floor((280 - stage.daysLeft) / 7))
  if (stage.kind === 'overdue') return fill(words.overdue, stage.days)
  const { days } = stage
  if (days < 28) return fill(words.days, days)
  return days < 120 ? fill(words.weeks, Math.floor(days / 7)) : fill(words.months, Math.floor(days / 30.44))
}

const fill = (text: string, n: number): string => text.replace('{n}', String(n))
