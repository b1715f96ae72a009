import type { Item } from '../../instrument/instrument.ts'
import { packFor } from '../../instrument/text-pack.ts'
import { useApp } from '../app-context.ts'
import type { Form } from '../form/form.ts'
import { useSpeech } from '../words.ts'
import { Choice } from './choice.tsx'

/**
 * One item copied from paper, options in printed order. A digit chooses the option at that place of the print, 0 none, and goes on to the next item: a
 * form of ten items takes ten keys.
 */
export function PaperItem({
  form,
  item: { linkId, options },
  number,
}: {
  readonly form: Form
  readonly item: Item
  readonly number: number
}) {
  const { knowledge, flow } = useApp()
  const { say, language } = useSpeech()
  const pack = packFor(knowledge.textPacks, form.instrument, form.language)
  const answer = form.answers[linkId]
  const choose = (code: string) => flow.answer(linkId, code === '' ? undefined : { code })
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys typed in the radio buttons inside; nothing else takes the focus
    <div
      onKeyDown={(event) => {
        if (!/^\d$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return
        const code = event.key === '0' ? '' : options[Number(event.key) - 1]?.code
        if (code === undefined) return
        event.preventDefault()
        choose(code)
        focusNext(event.currentTarget)
      }}
    >
      <Choice
        name={linkId}
        lang={form.language}
        legend={`${number}. ${pack?.items[linkId] ?? linkId}`}
        options={[
          ...options.map(({ code }) => ({ value: code, label: pack?.options[code] ?? code })),
          { value: '', label: <span lang={language}>{say('paper.no-answer')}</span> },
        ]}
        value={answer === undefined ? '' : answer === 'declined' ? undefined : answer.code}
        choose={choose}
      />
    </div>
  )
}

/** To the next item's button that is chosen; after the last one to the end of the form. */
function focusNext(item: HTMLElement): void {
  const next = item.nextElementSibling
  const inside = next?.querySelector<HTMLElement>('input:checked') ?? next?.querySelector<HTMLElement>('input')
  const target = inside ?? item.closest('form')?.querySelector<HTMLElement>('button[type="submit"]')
  target?.focus()
}
