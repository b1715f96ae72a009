import { instrumentAnswered } from '../../score/recognise.ts'
import { useApp } from '../app-context.ts'
import { localInstant } from '../clock.ts'
import { downloadBundle } from '../download.ts'
import { answersOf } from '../form/form.ts'
import { dateText } from '../format.ts'
import { Action } from '../parts/action.tsx'
import { AnswerList } from '../parts/answer-list.tsx'
import { Heading } from '../parts/heading.tsx'
import { NotScreened } from '../parts/not-screened.tsx'
import { Reasons } from '../parts/reasons.tsx'
import { ResultScores } from '../parts/result-scores.tsx'
import { TierMark } from '../parts/tier-mark.tsx'
import { Unsaved } from '../parts/unsaved.tsx'
import { WriteFailureNotice } from '../parts/write-failure.tsx'
import { WriteList } from '../parts/write-list.tsx'
import { reviewBundle } from '../review-bundle.ts'
import type { Screen } from '../state.ts'
import { useSpeech } from '../words.ts'

type Review = Extract<Screen, { name: 'review' }>

/** The result with its reasons, before anything of it is written. */
export function ReviewScreen({ review }: { readonly review: Review }) {
  const { knowledge, state } = useApp()
  const { say, language } = useSpeech()
  const { response, result, failure } = review
  const instrument = instrumentAnswered(knowledge, response)
  const fired = result.risk.verdicts.filter(({ verdict }) => verdict === 'fired')
  const recorded = response.authored?.includes('T') ? response.authored : localInstant(new Date())
  const bundle = reviewBundle(knowledge, response, result, { recorded, ...(state.session?.user && { onBehalfOf: state.session.user }) })
  return (
    <>
      <Heading of="review">{say('review.title', { instrument: instrument?.shortTitle[language] ?? '' })}</Heading>
      <p class="quiet">{say('review.when', { date: dateText(language, response.authored ?? '') })}</p>
      {failure && <WriteFailureNotice failure={failure} response={response} />}
      {result.outcome === 'retracted' && <p class="warning">{say('review.retracts')}</p>}
      <section
        class={`attention${result.risk.tier === 'immediate' ? ' safety' : ''}`}
        role={result.risk.tier === 'immediate' ? 'alert' : undefined}
      >
        <p class="standing">
          <TierMark tier={result.risk.tier} />
        </p>
        <Action tier={result.risk.tier} />
        <Reasons verdicts={fired} />
      </section>
      {result.outcome !== 'refused' && (
        <>
          <ResultScores assessment={result} />
          <AnswerList instrument={result.context.instrument} answers={answersOf(result, response)} />
        </>
      )}
      {result.issues.length > 0 && (
        <section>
          <h2>{say('review.issues')}</h2>
          <ul class="issues" lang="en">
            {result.issues.map(({ diagnostics }) => (
              <li key={diagnostics}>{diagnostics}</li>
            ))}
          </ul>
        </section>
      )}
      <NotScreened />
      <WriteList bundle={bundle} />
      <Buttons review={review} download={() => downloadBundle(bundle, `kizuna-${response.identifier?.value ?? 'response'}`)} />
    </>
  )
}

function Buttons({ review, download }: { readonly review: Review; readonly download: () => void }) {
  const { state, flow, settings } = useApp()
  const { say } = useSpeech()
  const { result, busy, failure } = review
  const isOurs = settings.site.writer === 'app'
  return (
    <div class="foot">
      {state.session?.mayWrite === false && <p class="warning">{say('review.may-not-write')}</p>}
      {!isOurs && <p>{say('review.service-writes')}</p>}
      <p role="status">{busy ? say('review.writing') : ''}</p>
      {state.saved === 'failed' && <Unsaved />}
      <p class="buttons">
        {result.outcome !== 'refused' && failure?.theirs === undefined && (
          <button type="button" class="primary" disabled={busy || state.session?.mayWrite === false} onClick={() => flow.write()}>
            {failure ? say('review.again') : isOurs ? say('review.write') : say('review.send')}
          </button>
        )}
        {state.form?.mode === 'paper' && (
          <button type="button" disabled={busy} onClick={() => flow.backToForm()}>
            {say('review.back')}
          </button>
        )}
        <button type="button" disabled={busy} onClick={() => flow.leave()}>
          {say('to-chart')}
        </button>
        <button type="button" onClick={download}>
          {say('review.download')}
        </button>
      </p>
    </div>
  )
}
