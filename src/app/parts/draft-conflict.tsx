import type { QuestionnaireResponseItem } from 'fhir/r4.js'
import { useState } from 'preact/hooks'
import { packFor } from '../../instrument/text-pack.ts'
import { useApp } from '../app-context.ts'
import { answersIn, type Form } from '../form/form.ts'
import type { Conflict } from '../state.ts'
import { useSpeech } from '../words.ts'
import { Choice } from './choice.tsx'

const [MINE, THEIRS] = ['mine', 'theirs']

/** Another has worked on the same form: where both differ a person chooses; a form that is finished by now is opened, or left. */
export function DraftConflictNotice({ form, conflict }: { readonly form: Form; readonly conflict: Conflict }) {
  const { flow } = useApp()
  const { say } = useSpeech()
  const [theirs, setTheirs] = useState<readonly string[]>([])
  const { disagreements } = conflict
  const isFinished = conflict.theirs.status !== 'in-progress'
  const text = isFinished ? 'together.finished' : disagreements.length > 0 ? 'together.differ' : 'together.joined'
  return (
    <section class="failure" role="alert" aria-labelledby="conflict">
      <h2 id="conflict">{say('together.title')}</h2>
      <p>{say(text)}</p>
      {disagreements.map(({ linkId, mine, theirs: other }) => (
        <Difference
          key={linkId}
          form={form}
          linkId={linkId}
          mine={mine}
          theirs={other}
          taken={theirs.includes(linkId)}
          take={(take) => setTheirs(take ? [...theirs, linkId] : theirs.filter((one) => one !== linkId))}
          fixed={isFinished}
        />
      ))}
      <p class="buttons">
        {isFinished ? (
          <button type="button" class="primary" onClick={() => flow.openTheirs()}>
            {say('together.open')}
          </button>
        ) : (
          <button type="button" class="primary" onClick={() => flow.settleConflict(theirs)}>
            {say('together.settle')}
          </button>
        )}
      </p>
    </section>
  )
}

interface DifferenceProps {
  readonly form: Form
  readonly linkId: string
  readonly mine: QuestionnaireResponseItem | undefined
  readonly theirs: QuestionnaireResponseItem | undefined
  readonly taken: boolean
  readonly take: (theirs: boolean) => void
  /** Nothing to choose: shown only. */
  readonly fixed: boolean
}

function Difference({ form, linkId, mine, theirs, taken, take, fixed }: DifferenceProps) {
  const { knowledge } = useApp()
  const { say } = useSpeech()
  const { instrument, language } = form
  const pack = packFor(knowledge.textPacks, instrument, language)
  const number = instrument.items.findIndex((item) => item.linkId === linkId) + 1
  const title = `${number}. ${pack?.items[linkId] ?? linkId}`
  const words = (item: QuestionnaireResponseItem | undefined): string => {
    const answer = item && answersIn(instrument, { resourceType: 'QuestionnaireResponse', status: 'in-progress', item: [item] })[linkId]
    if (answer === undefined) return say('review.unanswered')
    return answer === 'declined' ? say('mother.decline') : (pack?.options[answer.code] ?? answer.code)
  }
  const [own, other] = [say('together.mine', { answer: words(mine) }), say('together.theirs', { answer: words(theirs) })]
  if (fixed) return <p>{`${title}: ${own}; ${other}`}</p>
  return (
    <Choice
      name={`conflict-${linkId}`}
      legend={title}
      options={[
        { value: MINE, label: own },
        { value: THEIRS, label: other },
      ]}
      value={taken ? THEIRS : MINE}
      choose={(value) => take(value === THEIRS)}
    />
  )
}
