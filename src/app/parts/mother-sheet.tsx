import { useApp } from '../app-context.ts'
import type { Chart } from '../chart/chart.ts'
import { visitsIn } from '../chart/due-now.ts'
import { localDate } from '../clock.ts'
import { infantOfferOf } from '../form/offers.ts'
import { dateText, nameOf, spokenLanguage } from '../format.ts'
import { SpeechContext, sayIn } from '../words.ts'

/** A page for her to take home, in her language: what she was asked and why, what comes next, whom to call. No score, no tier, nothing of her answers. */
export function MotherSheet({ chart }: { readonly chart: Chart }) {
  const { knowledge } = useApp()
  const { patient, record, plan } = chart
  const language = spokenLanguage(patient) ?? knowledge.site.language
  const say = sayIn(language)
  const last = record.responses
    .flatMap(({ authored, status }) => (authored !== undefined && status !== 'entered-in-error' ? [authored] : []))
    .sort()
    .at(-1)
  const [next] = visitsIn(plan, ['due', 'overdue', 'upcoming'])
  const withInfant = infantOfferOf(record, knowledge.site.noInfantCodes ?? [], localDate(new Date())).mayAsk
  const { contacts = [] } = knowledge.site
  return (
    <SpeechContext.Provider value={{ language, say }}>
      <article class="sheet mother-sheet" lang={language}>
        <h2>{say('sheet.mother-title', { name: nameOf(patient, language) })}</h2>
        {last !== undefined && (
          <p>{say(withInfant ? 'sheet.mother-asked' : 'sheet.mother-asked-self', { date: dateText(language, last, false) })}</p>
        )}
        <p>{say('sheet.mother-why')}</p>
        {next && <p>{say('sheet.mother-next', { visit: next.visit.title[language] })}</p>}
        <h3>{say('sheet.mother-help')}</h3>
        <p>{say('sheet.mother-call')}</p>
        <ul>
          {contacts.map(({ name, phone }) => (
            <li key={phone}>
              {name}: {phone}
            </li>
          ))}
          {contacts.length === 0 && <li class="write-in">{say('sheet.mother-number')}</li>}
        </ul>
        <p>{say('sheet.mother-emergency')}</p>
      </article>
    </SpeechContext.Provider>
  )
}
