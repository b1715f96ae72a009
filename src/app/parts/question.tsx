import type { Item } from '../../instrument/instrument.ts'
import { packFor } from '../../instrument/text-pack.ts'
import { useApp } from '../app-context.ts'
import type { Answer, Form } from '../form/form.ts'
import { useSpeech } from '../words.ts'
import { Choice } from './choice.tsx'

const DECLINED = 'declined'

interface Asked {
  readonly form: Form
  readonly item: Item
  /** Whether a heading above it already says the question. */
  readonly titled: boolean
  readonly number?: number
}

/** One question as a mother sees it: options in printed order, and that she need not answer. */
export function Question({ form, item: { linkId, options }, titled, number }: Asked) {
  const { knowledge, flow } = useApp()
  const { say } = useSpeech()
  const pack = packFor(knowledge.textPacks, form.instrument, form.language)
  const words = <span lang={form.language}>{pack?.items[linkId] ?? linkId}</span>
  return (
    <Choice
      name={linkId}
      legend={
        titled ? (
          <span class="hidden">{words}</span>
        ) : (
          <>
            {number}. {words}
          </>
        )
      }
      options={[
        ...options.map(({ code }) => ({ value: code, label: <span lang={form.language}>{pack?.options[code] ?? code}</span> })),
        { value: DECLINED, label: say('mother.decline') },
      ]}
      value={choiceOf(form.answers[linkId])}
      choose={(value) => flow.answer(linkId, value === DECLINED ? 'declined' : { code: value })}
    />
  )
}

const choiceOf = (answer: Answer | undefined): string | undefined => (answer === undefined || answer === 'declined' ? answer : answer.code)
