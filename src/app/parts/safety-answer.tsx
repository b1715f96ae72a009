import type { Alert } from '../chart/alert.ts'
import { dateText, languageName, listText, numberText } from '../format.ts'
import { useSpeech, type WordKey } from '../words.ts'
import { EarlierAnswers } from './earlier-answers.tsx'

export const BY: Record<Alert['by'], WordKey> = {
  herself: 'safety.by-herself',
  paper: 'safety.by-paper',
  another: 'safety.by-another',
  unknown: 'safety.by-unknown',
}

/** What was answered, exactly: words, printed place, code; when, by whom, in which language; the totals around it. */
export function SafetyAnswers({ alert }: { readonly alert: Alert }) {
  const { say, language } = useSpeech()
  const { effective, answers, by, author, formLanguage, isUnfinished, totals, response, instrument } = alert
  const whom = say(BY[by], { author: author ?? say('safety.nobody-named') })
  return (
    <>
      {answers.map(({ item, option, place, count, code, weight }) => (
        <div key={item}>
          <p class="answer">
            {item}: <strong>{option}</strong>
          </p>
          <p class="quiet">{say('safety.exact', { place, count, weight, code })}</p>
        </div>
      ))}
      <p>
        {listText(language, [
          dateText(language, effective),
          whom,
          ...(formLanguage === undefined ? [] : [languageName(language, formLanguage)]),
        ])}
      </p>
      {response && instrument && <EarlierAnswers response={response} instrument={instrument} isSpoken={answers.length === 0} />}
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
    </>
  )
}
