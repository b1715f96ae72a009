import { packFor } from '../../instrument/text-pack.ts'
import { useApp } from '../app-context.ts'
import { type Form, formInfant } from '../form/form.ts'
import { isSpecimen } from '../form/offers.ts'
import { DraftStatus } from '../parts/draft-status.tsx'
import { Heading } from '../parts/heading.tsx'
import { Question } from '../parts/question.tsx'
import { TakeBack } from '../parts/take-back.tsx'
import { Watermark } from '../parts/watermark.tsx'
import { WholeForm } from '../parts/whole-form.tsx'
import type { ReturnProblem } from '../state.ts'
import { useSpeech } from '../words.ts'

interface HandOver {
  readonly form: Form
  readonly page: number
  readonly problem: ReturnProblem | undefined
}

/** A mother answers: no score, no way to the chart but by the code of staff, and always a way to hide the page at once. */
export function HandOverScreen({ form, page, problem }: HandOver) {
  const { knowledge, state, flow } = useApp()
  const { say } = useSpeech()
  const { layout = 'paged', rest = [] } = state.sitting ?? {}
  const isLast = rest.length === 0
  return (
    <div class="hand-over">
      <p class="hide">
        <button type="button" onClick={() => flow.hide()}>
          {say('mother.hide')}
        </button>
      </p>
      {isSpecimen(knowledge, form.instrument, form.language) && <Watermark />}
      {page < 0 && <FirstPage form={form} forms={rest.length + 1} />}
      {page >= 0 && layout === 'whole' && <WholeForm key={form.base.identifier?.value} form={form} isLast={isLast} />}
      {page >= 0 && layout === 'paged' && <OneQuestion key={page} form={form} page={page} isLast={isLast} />}
      {state.returnCode !== undefined && (
        <details class="staff" open={problem !== undefined}>
          <summary>{say('mother.staff')}</summary>
          <TakeBack problem={problem} />
        </details>
      )}
    </div>
  )
}

function FirstPage({ form, forms }: { readonly form: Form; readonly forms: number }) {
  const { knowledge, flow } = useApp()
  const { say } = useSpeech()
  const pack = packFor(knowledge.textPacks, form.instrument, form.language)
  const infant = formInfant(form)?.display
  return (
    <>
      <Heading of={`first-${form.base.identifier?.value}`}>
        <span lang={form.language}>{pack?.title}</span>
      </Heading>
      <p>{say('mother.before', { count: form.instrument.items.length })}</p>
      {forms > 1 && <p>{say('mother.forms', { count: forms - 1 })}</p>}
      {infant !== undefined && <p>{say('mother.infant', { name: infant })}</p>}
      <p lang={form.language}>{pack?.instruction}</p>
      <button type="button" class="primary" onClick={() => flow.turnTo(0)}>
        {say('mother.begin')}
      </button>
      <p class="quiet small" lang={form.language}>
        {pack?.copyright}
      </p>
    </>
  )
}

function OneQuestion({ form, page, isLast }: { readonly form: Form; readonly page: number; readonly isLast: boolean }) {
  const { knowledge, flow, state } = useApp()
  const { say } = useSpeech()
  const { instrument, answers } = form
  const pack = packFor(knowledge.textPacks, instrument, form.language)
  const count = instrument.items.length
  const item = instrument.items[page]!
  const endsForm = page === count - 1
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (endsForm) flow.finish()
        else flow.turnTo(page + 1)
      }}
    >
      <p class="progress">
        <label for="progress">{say('mother.progress', { page: page + 1, count })}</label>
        <progress id="progress" value={page + 1} max={count} />
      </p>
      {/* A question may be no sentence without it: it stands on every page. */}
      {pack?.instruction !== undefined && (
        <p class="stem" lang={form.language}>
          {pack.instruction}
        </p>
      )}
      <Heading of={item.linkId}>
        <span lang={form.language}>{pack?.items[item.linkId] ?? item.linkId}</span>
      </Heading>
      <Question form={form} item={item} titled />
      <p class="buttons">
        <button type="submit" class="primary" disabled={answers[item.linkId] === undefined}>
          {endsForm && isLast ? say('mother.finish') : say('mother.next')}
        </button>
        <button type="button" onClick={() => flow.turnTo(page - 1)}>
          {say('mother.back')}
        </button>
      </p>
      <DraftStatus saved={state.saved} />
    </form>
  )
}
