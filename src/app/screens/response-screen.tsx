import type { QuestionnaireResponse } from 'fhir/r4.js'
import { assess } from '../../assess.ts'
import { isUnfinished } from '../../fhir/pending.ts'
import { safetyAnswersOf } from '../../score/safety-answers.ts'
import { useApp } from '../app-context.ts'
import { resultsHeld } from '../chart/response-of.ts'
import { answersIn, answersOf, isAmending, isOurForm } from '../form/form.ts'
import { dateText } from '../format.ts'
import { AnswerTable } from '../parts/answer-table.tsx'
import { EarlierAnswers } from '../parts/earlier-answers.tsx'
import { Heading } from '../parts/heading.tsx'
import { NotScreened } from '../parts/not-screened.tsx'
import { Reasons } from '../parts/reasons.tsx'
import { ResponseFacts } from '../parts/response-facts.tsx'
import { ResultScores } from '../parts/result-scores.tsx'
import { TierMark } from '../parts/tier-mark.tsx'
import { WrittenResource } from '../parts/written-resource.tsx'
import { useSpeech } from '../words.ts'

/** One response of hers, opened from the chart: what it says, what was made of it, what the server holds, and how to correct it. */
export function ResponseScreen({ response }: { readonly response: QuestionnaireResponse }) {
  const { knowledge, state } = useApp()
  const { say, language } = useSpeech()
  const record = state.chart?.record
  const instrument = knowledge.instruments.find(({ id }) => response.questionnaire?.includes(`/Questionnaire/${id}|`))
  const result = assess(knowledge, response, [...(record?.history ?? []), ...(record?.assessments ?? [])])
  const held = record ? resultsHeld(record, response) : []
  const read = result.outcome === 'refused' ? undefined : result.context.instrument
  const shown = read ?? instrument
  const speaks = [...safetyAnswersOf(knowledge, response).values()].some((weight) => weight > 0)
  const title = shown?.shortTitle[language] ?? response.questionnaire ?? ''
  return (
    <>
      <Heading of={`response-${response.id}`}>
        {say('response.title', { instrument: title, date: dateText(language, response.authored ?? '', false) })}
      </Heading>
      <ResponseFacts response={response} instrument={shown} />
      {result.outcome !== 'retracted' && (
        <section class="attention">
          <p class="standing">
            <TierMark tier={result.risk.tier} />
          </p>
          <Reasons verdicts={result.risk.verdicts.filter(({ verdict }) => verdict === 'fired')} />
        </section>
      )}
      {shown && result.outcome !== 'retracted' && (
        <EarlierAnswers response={response} instrument={shown} isSpoken={result.risk.tier === 'immediate' && !speaks} />
      )}
      {result.outcome !== 'refused' && <ResultScores assessment={result} />}
      {shown && (
        <>
          <h2>{say('answers.title')}</h2>
          <AnswerTable
            instrument={shown}
            answers={result.outcome === 'refused' ? answersIn(shown, response) : answersOf(result, response)}
          />
        </>
      )}
      <section aria-labelledby="held">
        <h2 id="held">{say('response.held')}</h2>
        {[`QuestionnaireResponse/${response.id}`, ...held.map(({ resourceType, id }) => `${resourceType}/${id}`)].map((reference) => (
          <WrittenResource key={reference} reference={reference} />
        ))}
      </section>
      <NotScreened />
      <Buttons response={response} />
    </>
  )
}

function Buttons({ response }: { readonly response: QuestionnaireResponse }) {
  const { flow, knowledge } = useApp()
  const { say } = useSpeech()
  const isOurs = isOurForm(knowledge, response)
  return (
    <p class="buttons foot">
      <button type="button" class="primary" onClick={() => flow.open()}>
        {say('to-chart')}
      </button>
      {isOurs && isUnfinished(response) && (
        <button type="button" onClick={() => flow.resume(response)}>
          {say('pending.continue')}
        </button>
      )}
      {isOurs && isAmending({ base: response }) && (
        <button type="button" onClick={() => flow.amend(response)}>
          {say('response.amend')}
        </button>
      )}
      {response.status !== 'entered-in-error' && (
        <button type="button" onClick={() => flow.askRetraction(response)}>
          {say('response.retract')}
        </button>
      )}
    </p>
  )
}
