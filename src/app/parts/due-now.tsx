import { useApp } from '../app-context.ts'
import type { Chart } from '../chart/chart.ts'
import { type DueVisit, dueSet, visitsIn } from '../chart/due-now.ts'
import { dateText, listText } from '../format.ts'
import { useSpeech, type WordKey } from '../words.ts'

const STATE: Record<DueVisit['state'], WordKey> = {
  due: 'due.due',
  overdue: 'due.overdue',
  missed: 'due.missed',
  upcoming: 'due.upcoming',
  withheld: 'due.withheld',
  done: 'due.done',
}

/** What is to be asked now by the schedule in use, with one way to give all of it; what was missed, and what comes next. */
export function DueNow({ chart: { plan } }: { readonly chart: Chart }) {
  const { flow, knowledge } = useApp()
  const { say, language } = useSpeech()
  const titles = (ids: readonly string[]) =>
    listText(
      language,
      ids.map((id) => knowledge.instruments.findLast((one) => one.id === id)?.shortTitle[language] ?? id),
    )
  const now = dueSet(plan)
  const lines = visitsIn(plan, ['overdue', 'due', 'missed', 'withheld'])
  const [next] = visitsIn(plan, ['upcoming'])
  return (
    <section class="due" aria-labelledby="due">
      <h2 id="due">{say('due.title')}</h2>
      {plan.due.length === 0 && <p class="quiet">{say('due.unknown')}</p>}
      {plan.due.length > 0 && now.length === 0 && <p class="quiet">{say('due.nothing')}</p>}
      {(lines.length > 0 || next) && (
        <ul>
          {[...lines, ...(next ? [next] : [])].map((line) => (
            <li key={`${line.visit.id} ${line.state}`}>
              <strong>{line.visit.title[language]}</strong>: {titles(line.instruments)}.{' '}
              {line.state === 'upcoming' && line.from === undefined
                ? say('due.after-birth')
                : say(STATE[line.state], { from: day(line.from), until: day(line.until) })}
            </li>
          ))}
        </ul>
      )}
      <p class="buttons no-print">
        {now.length > 0 && (
          <button type="button" class="primary" onClick={() => flow.choose(now)}>
            {say('due.give', { instruments: titles(now) })}
          </button>
        )}
        <button type="button" class={now.length === 0 ? 'primary' : ''} onClick={() => flow.choose()}>
          {say('chart.give')}
        </button>
      </p>
      <p class="quiet">{say('due.schedule', { title: plan.schedule.title[language] })}</p>
    </section>
  )

  function day(date: string | undefined): string {
    return date === undefined ? '' : dateText(language, date)
  }
}
