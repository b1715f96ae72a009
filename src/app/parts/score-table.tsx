import type { RelatedPerson } from 'fhir/r4.js'
import { timeText } from '../../fhir/risk-assessment.ts'
import { useApp } from '../app-context.ts'
import { valueText } from '../chart/finding-text.ts'
import { infantTarget, type Point } from '../chart/points.ts'
import { responseOfPoint } from '../chart/response-of.ts'
import { dateText, nameOf } from '../format.ts'
import { type Say, useSpeech } from '../words.ts'

/** The chart in words and numbers: every score of hers, newest first. */
export function ScoreTable({ points, infants }: { readonly points: readonly Point[]; readonly infants: readonly RelatedPerson[] }) {
  const { say, language } = useSpeech()
  const { knowledge } = useApp()
  const nameOfInfant = (point: Point): string => {
    const target = infantTarget(point)
    const infant = infants.find(({ id }) => target === `RelatedPerson/${id}`)
    return infant === undefined ? '' : nameOf(infant, language)
  }
  return (
    <details class="table">
      <summary>{say('table.title')}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard */}
      <section class="scroll" tabIndex={0} aria-label={say('table.title')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say('table.date')}</th>
              <th scope="col">{say('table.time')}</th>
              <th scope="col">{say('table.score')}</th>
              <th scope="col">{say('table.value')}</th>
              <th scope="col">{say('table.cut-off')}</th>
              <th scope="col">{say('table.remarks')}</th>
            </tr>
          </thead>
          <tbody>
            {points.toReversed().map((point) => (
              <tr key={point.reference}>
                <td>
                  <OpenResponse point={point} />
                </td>
                <td>{timeText(knowledge.ruleSet, { timePoint: point.at }, language)}</td>
                <th scope="row">{point.scale.title[language]}</th>
                <td class="number">{valueText(point, say)}</td>
                <td>
                  {point.cutOff ? say('chart.cut-off', { value: point.cutOff.value, source: point.cutOff.text }) : say('table.no-cut-off')}
                </td>
                <td>{[nameOfInfant(point), ...remarksOn(point, say)].filter((text) => text !== '').join('; ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  )
}

/** The day of a score, as the way to its response where that is on record. */
function OpenResponse({ point }: { readonly point: Point }) {
  const { flow, state } = useApp()
  const { say, language } = useSpeech()
  const response = state.chart && responseOfPoint(state.chart.record, point)
  const day = dateText(language, point.effective, false)
  if (response === undefined) return <>{day}</>
  return (
    <button type="button" class="link" onClick={() => flow.openResponse(response)}>
      <span class="hidden">{say('response.open', { instrument: point.scale.title[language] })} </span>
      {day}
    </button>
  )
}

function remarksOn({ complete, preliminary, proxy, textStatus }: Point, say: Say): string[] {
  return [
    ...(complete ? [] : [say('remark.incomplete')]),
    ...(preliminary ? [say('remark.preliminary')] : []),
    ...(proxy ? [say('remark.proxy')] : []),
    ...(textStatus === 'caption' ? [say('remark.caption')] : []),
    ...(textStatus === 'unverified' ? [say('remark.unverified')] : []),
  ]
}
