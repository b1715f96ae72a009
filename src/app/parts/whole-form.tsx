import { useEffect, useRef, useState } from 'preact/hooks'
import { packFor } from '../../instrument/text-pack.ts'
import { useApp } from '../app-context.ts'
import { type Form, unansweredOf } from '../form/form.ts'
import { useSpeech } from '../words.ts'
import { DraftStatus } from './draft-status.tsx'
import { Heading } from './heading.tsx'
import { Question } from './question.tsx'

/** All questions of a form on one page. What is left open is named at the top, each with a way to it. */
export function WholeForm({ form, isLast }: { readonly form: Form; readonly isLast: boolean }) {
  const { knowledge, flow, state } = useApp()
  const { say } = useSpeech()
  const [tried, setTried] = useState(0)
  const summary = useRef<HTMLElement>(null)
  useEffect(() => {
    if (tried > 0) summary.current?.focus()
  }, [tried])
  const { instrument } = form
  const pack = packFor(knowledge.textPacks, instrument, form.language)
  const open = unansweredOf(form)
  const numberOf = (linkId: string) => instrument.items.findIndex((item) => item.linkId === linkId) + 1
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (open.length === 0) flow.finish()
        else setTried(tried + 1)
      }}
    >
      <Heading of={`whole-${instrument.id}`}>
        <span lang={form.language}>{pack?.title}</span>
      </Heading>
      {tried > 0 && open.length > 0 && (
        <section ref={summary} class="left-open" role="alert" tabIndex={-1}>
          <h2>{say('mother.open')}</h2>
          <ul>
            {open.map(({ linkId }) => (
              <li key={linkId}>
                <a href={`#q-${linkId}`}>{say('mother.open-item', { number: numberOf(linkId) })}</a>
              </li>
            ))}
          </ul>
        </section>
      )}
      {pack?.instruction !== undefined && (
        <p class="stem" lang={form.language}>
          {pack.instruction}
        </p>
      )}
      {instrument.items.map((item, index) => (
        <div key={item.linkId} id={`q-${item.linkId}`}>
          <Question form={form} item={item} titled={false} number={index + 1} />
        </div>
      ))}
      <p class="buttons">
        <button type="submit" class="primary">
          {isLast ? say('mother.finish') : say('mother.next')}
        </button>
      </p>
      <DraftStatus saved={state.saved} />
    </form>
  )
}
