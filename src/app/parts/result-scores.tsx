import type { Assessment } from '../../risk/assessment.ts'
import type { Score } from '../../score/score-scale.ts'
import { numberText } from '../format.ts'
import { useSpeech } from '../words.ts'

/** Each score as the number it is, or as what it can still be; beside it how it stands to her own earlier ones. */
export function ResultScores({ assessment }: { readonly assessment: Assessment }) {
  const { say, language } = useSpeech()
  if (assessment.scores.length === 0) return <p>{say('review.no-scores')}</p>
  return (
    <table class="scores">
      <thead>
        <tr>
          <th scope="col">{say('table.score')}</th>
          <th scope="col">{say('table.value')}</th>
          <th scope="col">{say('review.own-course')}</th>
        </tr>
      </thead>
      <tbody>
        {assessment.scores.map((score) => (
          <tr key={score.scale.code}>
            <th scope="row">{score.scale.title[language]}</th>
            <td class="number">{score.state === 'complete' ? score.value : say('range', { lower: score.lower, upper: score.upper })}</td>
            <td>
              <OwnCourse assessment={assessment} score={score} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function OwnCourse({ assessment, score }: { readonly assessment: Assessment; readonly score: Score }) {
  const { say, language } = useSpeech()
  const { earlier, mean, change } = assessment.trajectories.get(score.scale.code) ?? { earlier: [] }
  if (score.state === 'incomplete') return <>{say('review.incomplete', { answered: score.answered, of: score.of })}</>
  if (change === undefined) return <>{say('review.first')}</>
  const signed = `${change > 0 ? '+' : change < 0 ? '−' : '±'}${Math.abs(change)}`
  const since = say('review.since-last', { change: signed })
  if (mean === undefined) return <>{since}</>
  return <>{`${since}; ${say('chart.mean', { mean: numberText(language, mean), k: earlier.length })}`}</>
}
