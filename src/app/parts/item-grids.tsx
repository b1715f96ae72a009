import { packFor } from '../../instrument/text-pack.ts'
import { useApp } from '../app-context.ts'
import type { Chart } from '../chart/chart.ts'
import { type ItemGrid, itemGridsOf, type Wave } from '../chart/item-grid.ts'
import { shortDateText } from '../format.ts'
import { useSpeech } from '../words.ts'

/** The items that are looked at one by one, at every time: the self-harm items as a lane of their own, the items of anger and rejection below. */
export function ItemGrids({ chart: { record, panels } }: { readonly chart: Chart }) {
  const { knowledge } = useApp()
  const { say } = useSpeech()
  const grids = itemGridsOf(knowledge, record.responses)
  if (grids.length === 0) return null
  const infants = panels.find((panel) => panel.infants.length > 1)?.infants ?? []
  return (
    <section aria-labelledby="items">
      <h2 id="items">{say('items.title')}</h2>
      <p class="quiet">{say('items.reading')}</p>
      {grids.map((grid) => (
        <Grid key={grid.instrument.id} grid={grid} infants={infants} />
      ))}
    </section>
  )
}

/** The letters of infants are those of the panels. */
function Grid({
  grid: { instrument, items, waves },
  infants,
}: {
  readonly grid: ItemGrid
  readonly infants: readonly (string | undefined)[]
}) {
  const { knowledge, flow } = useApp()
  const { say, language } = useSpeech()
  const pack = packFor(knowledge.textPacks, instrument, language)
  const title = instrument.shortTitle[language]
  const letter = ({ infant }: Wave): string =>
    instrument.aboutInfant && infants.includes(infant) ? ` ${String.fromCharCode(97 + infants.indexOf(infant))}` : ''
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label={title}>
      <table class="grid">
        <caption>{title}</caption>
        <thead>
          <tr>
            <td />
            {waves.map((wave) => (
              <th key={wave.response.id} scope="col">
                <button type="button" class="link" onClick={() => flow.openResponse(wave.response)}>
                  <span class="hidden">{say('response.open', { instrument: title })} </span>
                  {shortDateText(language, wave.effective)}
                  {letter(wave)}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.linkId} class={item.isSafety ? 'lane' : ''}>
              <th scope="row">
                {item.number}. {pack?.items[item.linkId] ?? item.linkId}
              </th>
              {waves.map((wave) => (
                <Cell key={wave.response.id} item={item} wave={wave} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** The points of one answer: from where a rule speaks of the item framed and bold; not answered as a word, never as a zero. */
function Cell({ item, wave }: { readonly item: ItemGrid['items'][number]; readonly wave: Wave }) {
  const { say } = useSpeech()
  const answer = wave.answers[item.linkId]
  if (answer === undefined) return <td class="unanswered">{say('items.none')}</td>
  if (answer === 'declined') return <td class="unanswered">{say('items.declined')}</td>
  const weight = item.options.find(({ code }) => code === answer.code)?.weight ?? 0
  return <td>{weight >= item.notable ? <strong class={item.isSafety ? 'mark safety-mark' : 'mark'}>{weight}</strong> : weight}</td>
}
