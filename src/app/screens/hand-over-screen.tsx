import { packFor } from '../../instrument/text-pack.ts'
import { useApp } from '../app-context.ts'
import { type Answer, type Form, formInfant } from '../form/form.ts'
import { isSpecimen } from '../form/offers.ts'
import { Choice } from '../parts/choice.tsx'
import { DraftStatus } from '../parts/draft-status.tsx'
import { Heading } from '../parts/heading.tsx'
import { TakeBack } from '../parts/take-back.tsx'
import { Watermark } from '../parts/watermark.tsx'
import type { ReturnProblem } from '../state.ts'
import { useSpeech } from '../words.ts'

const DECLINED = 'declined'

interface HandOver {
  readonly form: Form
  readonly page: number
  readonly problem: ReturnProblem | undefined
}

/** A mother answers: one question a page, no score, no way to the chart but by the code of staff. */
export function HandOverScreen({ form, page, problem }: HandOver) {
  const { knowledge, state } = useApp()
  const { say } = useSpeech()
  return (
    <div class="hand-over">
      {isSpecimen(knowledge, form.instrument, form.language) && <Watermark />}
      {page < 0 ? <FirstPage form={form} /> : <Question key={page} form={form} page={page} />}
      {state.returnCode !== undefined && (
        <details class="staff" open={problem !== undefined}>
          <summary>{say('mother.staff')}</summary>
          <TakeBack problem={problem} />
        </details>
      )}
    </div>
  )
}

function FirstPage({ form }: { readonly form: Form }) {
  const { knowledge, flow } = useApp()
  const { say } = useSpeech()
  const pack = packFor(knowledge.textPacks, form.instrument, form.language)
  const infant = formInfant(form)?.display
  return (
    <>
      <Heading of="first">{pack?.title}</Heading>
      <p>{say('mother.before', { count: form.instrument.items.length })}</p>
      {infant !== undefined && <p>{say('mother.infant', { name: infant })}</p>}
      <p>{pack?.instruction}</p>
      <button type="button" class="primary" onClick={() => flow.turnTo(0)}>
        {say('mother.begin')}
      </button>
      <p class="quiet small">{pack?.copyright}</p>
    </>
  )
}

function Question({ form, page }: { readonly form: Form; readonly page: number }) {
  const { knowledge, flow, state } = useApp()
  const { say } = useSpeech()
  const { instrument, answers } = form
  const pack = packFor(knowledge.textPacks, instrument, form.language)
  const count = instrument.items.length
  const { linkId, options } = instrument.items[page]!
  const isLast = page === count - 1
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (isLast) flow.finish()
        else flow.turnTo(page + 1)
      }}
    >
      <p class="progress">
        <label for="progress">{say('mother.progress', { page: page + 1, count })}</label>
        <progress id="progress" value={page + 1} max={count} />
      </p>
      {/* A question may be no sentence without it: it stands on every page. */}
      {pack?.instruction !== undefined && <p class="stem">{pack.instruction}</p>}
      <Heading of={linkId}>{pack?.items[linkId] ?? linkId}</Heading>
      <Choice
        name={linkId}
        legend={<span class="hidden">{pack?.items[linkId] ?? linkId}</span>}
        options={[
          ...options.map(({ code }) => ({ value: code, label: pack?.options[code] ?? code })),
          { value: DECLINED, label: say('mother.decline') },
        ]}
        value={choiceOf(answers[linkId])}
        choose={(value) => flow.answer(linkId, value === DECLINED ? 'declined' : { code: value })}
      />
      <p class="buttons">
        <button type="submit" class="primary" disabled={answers[linkId] === undefined}>
          {isLast ? say('mother.finish') : say('mother.next')}
        </button>
        <button type="button" onClick={() => flow.turnTo(page - 1)}>
          {say('mother.back')}
        </button>
      </p>
      <DraftStatus saved={state.saved} />
    </form>
  )
}

const choiceOf = (answer: Answer | undefined): string | undefined => (answer === undefined || answer === 'declined' ? answer : answer.code)
