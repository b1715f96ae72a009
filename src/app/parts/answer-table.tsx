import type { Instrument } from '../../instrument/instrument.ts'
import { type Item, weightRangeOf } from '../../instrument/instrument.ts'
import { packFor } from '../../instrument/text-pack.ts'
import { useApp } from '../app-context.ts'
import type { Answer } from '../form/form.ts'
import { useSpeech } from '../words.ts'

interface Answered {
  readonly instrument: Instrument
  readonly answers: Readonly<Record<string, Answer>>
  /** Only these items; all where not said. */
  readonly items?: readonly string[]
  /** What a reader calls it, where it is not all her answers. */
  readonly label?: string
}

/** Items beside what was answered: the words, the printed place, the points, and which items are printed worst first. */
export function AnswerTable({ instrument, answers, items, label }: Answered) {
  const { say } = useSpeech()
  const shown = instrument.items.filter(({ linkId }) => items === undefined || items.includes(linkId))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label={label ?? say('answers.title')}>
      <table class="answers">
        <thead>
          <tr>
            <th scope="col">{say('answers.item')}</th>
            <th scope="col">{say('answers.answer')}</th>
            <th scope="col">{say('answers.place')}</th>
            <th scope="col">{say('answers.points')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((item) => (
            <AnswerRow key={item.linkId} instrument={instrument} item={item} answer={answers[item.linkId]} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface Row {
  readonly instrument: Instrument
  readonly item: Item
  readonly answer: Answer | undefined
}

function AnswerRow({ instrument, item, answer }: Row) {
  const { knowledge } = useApp()
  const { say, language } = useSpeech()
  const pack = packFor(knowledge.textPacks, instrument, language)
  const code = answer === undefined || answer === 'declined' ? undefined : answer.code
  const place = item.options.findIndex((option) => option.code === code)
  const { weight } = item.options[place] ?? {}
  const [lowest, highest] = weightRangeOf(item) ?? []
  const number = instrument.items.indexOf(item) + 1
  return (
    <tr>
      <th scope="row">
        {number}. {pack?.items[item.linkId] ?? item.linkId}
      </th>
      <td>{code === undefined ? say(answer === 'declined' ? 'answers.declined' : 'review.unanswered') : (pack?.options[code] ?? code)}</td>
      <td>
        {place >= 0 && say('answers.place-of', { place: place + 1, count: item.options.length })}
        {isWorstFirst(item) && <span class="hint">{say('answers.worst-first')}</span>}
      </td>
      <td class="number">{weight === undefined ? '' : say('answers.points-of', { weight, lowest: lowest!, highest: highest! })}</td>
    </tr>
  )
}

/** The heaviest option stands at the top of the print: the place of a mark says the opposite of what it does elsewhere. */
const isWorstFirst = ({ options }: Item): boolean => (options[0]?.weight ?? 0) > (options.at(-1)?.weight ?? 0)
