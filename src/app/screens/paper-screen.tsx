import { packFor } from '../../instrument/text-pack.ts'
import { useApp } from '../app-context.ts'
import { localDate } from '../clock.ts'
import { type Form, formInfant, isAmending, unansweredOf } from '../form/form.ts'
import { DraftConflictNotice } from '../parts/draft-conflict.tsx'
import { Heading } from '../parts/heading.tsx'
import { PaperItem } from '../parts/paper-item.tsx'
import { SecondLook } from '../parts/second-look.tsx'
import { Unsaved } from '../parts/unsaved.tsx'
import { useSpeech } from '../words.ts'

/** A paper copied by a clinician: every item on one page, options in printed order. */
export function PaperScreen({ form }: { readonly form: Form }) {
  const { knowledge, flow, state } = useApp()
  const { say, language } = useSpeech()
  const { instrument } = form
  const pack = packFor(knowledge.textPacks, instrument, form.language)
  const infant = formInfant(form)?.display
  const total = instrument.items.length
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        flow.review()
      }}
    >
      <Heading of="paper">{say('paper.title', { instrument: instrument.shortTitle[language] })}</Heading>
      {infant !== undefined && <p>{say('paper.infant', { name: infant })}</p>}
      <p lang={form.language}>{pack?.instruction}</p>
      {state.conflict && <DraftConflictNotice form={form} conflict={state.conflict} />}
      {!isAmending(form) && <AnsweredOn />}
      <p class="quiet">{say('paper.keys')}</p>
      <div class="items">
        {instrument.items.map((item, index) => (
          <PaperItem key={item.linkId} form={form} item={item} number={index + 1} />
        ))}
      </div>
      <p class="quiet">{pack?.copyright}</p>
      <div class="foot">
        <SecondLook form={form} />
        <p>{say('paper.progress', { answered: total - unansweredOf(form).length, total })}</p>
        <Unsaved />
        <p class="buttons">
          <button type="submit" class="primary">
            {say('paper.review')}
          </button>
          <button type="button" onClick={() => flow.leave()}>
            {say('paper.leave')}
          </button>
        </p>
      </div>
    </form>
  )
}

/** The day on the paper decides where in her course the answers lie. */
function AnsweredOn() {
  const { state, flow } = useApp()
  const { say } = useSpeech()
  const today = localDate(new Date())
  return (
    <p class="field">
      <label for="answered-on">{say('paper.answered-on')}</label>
      <input
        id="answered-on"
        type="date"
        required
        max={today}
        value={state.answeredOn ?? today}
        onChange={({ currentTarget }) => flow.dateForm(currentTarget.value)}
      />
    </p>
  )
}
