import type { Alert } from '../chart/alert.ts'
import { dateText, languageName, listText, numberText } from '../format.ts'
import { useSpeech, type WordKey } from '../words.ts'
import { Reasons } from './reasons.tsx'

export const BY: Record<Alert['by'], WordKey> = {
  herself: 'safety.by-herself',
  paper: 'safety.by-paper',
  another: 'safety.by-another',
  unknown: 'safety.by-unknown',
}

/** A safety answer, seen before anything else on the chart. */
export function SafetyNotice({ alert }: { readonly alert: Alert }) {
  const { say, language } = useSpeech()
  const { instrument, effective, answers, by, author, formLanguage, isUnfinished, totals, verdicts } = alert
  const whom = say(BY[by], { author: author ?? say('safety.nobody-named') })
  return (
    <section class="safety" role="alert">
      <h2>{say('safety.title', { instrument: instrument?.shortTitle[language] ?? '' })}</h2>
      {answers.map(({ item, option }) => (
        <p key={item} class="answer">
          {item}: <strong>{option}</strong>
        </p>
      ))}
      <p>
        {listText(language, [
          dateText(language, effective),
          whom,
          ...(formLanguage === undefined ? [] : [languageName(language, formLanguage)]),
        ])}
      </p>
      {isUnfinished && <p>{say('safety.unfinished')}</p>}
      {totals.length > 0 && (
        <p>
          {say(totals.length > 1 ? 'safety.totals' : 'safety.total', {
            list: totals
              .map(({ complete, lower, upper }) => (complete ? numberText(language, lower) : say('range', { lower, upper })))
              .join(' → '),
          })}
        </p>
      )}
      <Reasons verdicts={verdicts} />
    </section>
  )
}
