import { useState } from 'preact/hooks'
import type { Instrument, TextStatus } from '../../instrument/instrument.ts'
import { packFor, textStatusOf } from '../../instrument/text-pack.ts'
import { useApp } from '../app-context.ts'
import { localDate } from '../clock.ts'
import type { Mode } from '../form/form.ts'
import { infantOfferOf, mayHandOver, offeredIn, wordedIn } from '../form/offers.ts'
import { formsOf } from '../form/plan.ts'
import { dateText, listText, nameOf, ownNameOf, spokenAmong } from '../format.ts'
import { Checks } from '../parts/checks.tsx'
import { Choice, type Option } from '../parts/choice.tsx'
import { Heading } from '../parts/heading.tsx'
import type { Layout } from '../sitting.ts'
import { useSpeech, type WordKey } from '../words.ts'

const STATUS: Record<TextStatus, WordKey> = {
  official: 'status.official',
  licensed: 'status.licensed',
  verified: 'status.verified',
  unverified: 'status.unverified',
  caption: 'status.caption',
}

/** Which questionnaires, in which language, by whom, and about which baby. A mother who launched it herself chooses among hers only. */
export function GiveScreen() {
  const { knowledge, flow, state, settings } = useApp()
  const { say, language: screenLanguage } = useSpeech()
  const { session, person } = state
  const alone = session?.isClinician !== true
  const languages = wordedIn(knowledge)
  const [language, setLanguage] = useState<string>((person && spokenAmong(person.patient, languages)) ?? screenLanguage)
  const { instruments: asked, unknown } = state.screen.name === 'give' ? state.screen : {}
  const [chosenIds, setChosen] = useState<readonly string[]>(asked ?? [])
  const [chosenMode, setMode] = useState<Mode>(alone ? 'hand-over' : 'paper')
  const [layout, setLayout] = useState<Layout>('paged')
  const [infantIds, setInfants] = useState<readonly string[]>([])

  const today = localDate(new Date())
  const mayHand = (one: Instrument): boolean => mayHandOver(knowledge, one, language, settings.sandbox)
  const offer = person && infantOfferOf(person, knowledge.site.noInfantCodes ?? [], today)
  const aboutInfant = offer?.mayAsk ?? true
  const isWorded = (one: Instrument): boolean => packFor(knowledge.textPacks, one, language) !== undefined
  const worded = offeredIn(knowledge).filter((one) => isWorded(one) && (!alone || mayHand(one)))
  const offered = worded.filter((one) => aboutInfant || !one.aboutInfant)
  const withheld = worded.filter((one) => !offered.includes(one))
  const chosen = offered.filter(({ id }) => chosenIds.includes(id))
  const handOver = chosen.every(mayHand)
  const mode = alone ? 'hand-over' : handOver ? chosenMode : 'paper'
  const infants = chosen.some((one) => one.aboutInfant) ? (offer?.infants ?? []) : []
  const about = infants.length === 1 ? infants : infants.filter(({ id }) => infantIds.includes(id!))
  const isReady = chosen.length > 0 && (infants.length < 2 || about.length > 0)
  const options = offered.map(
    (one): Option => ({
      value: one.id,
      label: alone
        ? (packFor(knowledge.textPacks, one, language)?.title ?? one.title[screenLanguage])
        : `${one.shortTitle[screenLanguage]}: ${one.title[screenLanguage]}`,
      hint: alone
        ? undefined
        : say('give.hint', { count: one.items.length, status: say(STATUS[textStatusOf(knowledge.textPacks, one, language)]) }),
    }),
  )

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady) flow.give({ forms: formsOf({ instruments: chosen, infants: about, language }), language, mode, layout })
      }}
    >
      <Heading of="give">{alone ? say('give.title-alone') : say('give.title')}</Heading>
      {unknown !== undefined && !alone && (
        <p class="warning" role="status">
          {say('give.unknown', { name: unknown })}
        </p>
      )}
      {options.length === 0 ? (
        <p>{say('give.nothing')}</p>
      ) : (
        <Checks
          name="instrument"
          legend={alone ? say('give.which') : say('give.instruments')}
          options={options}
          values={chosen.map(({ id }) => id)}
          choose={setChosen}
        />
      )}
      {!alone && withheld.length > 0 && (
        <p class="quiet">
          {say('give.no-infant', {
            instruments: listText(
              screenLanguage,
              withheld.map(({ shortTitle }) => shortTitle[screenLanguage]),
            ),
          })}
        </p>
      )}
      {infants.length > 1 && (
        <Checks
          name="infant"
          legend={say('give.infants')}
          values={about.map(({ id }) => id!)}
          choose={setInfants}
          options={infants.map((one) => ({
            value: one.id!,
            label: <bdi>{nameOf(one, screenLanguage)}</bdi>,
            hint: dateText(screenLanguage, one.birthDate ?? ''),
          }))}
        />
      )}
      <Choice
        name="language"
        legend={say('give.language')}
        options={languages.map((id) => ({ value: id, label: <span lang={id}>{ownNameOf(id)}</span> }))}
        value={language}
        choose={setLanguage}
      />
      {!alone && (
        <Choice
          name="mode"
          legend={say('give.mode')}
          value={mode}
          choose={(value) => setMode(value as Mode)}
          options={[
            { value: 'paper', label: say('give.paper'), hint: say('give.paper-hint') },
            {
              value: 'hand-over',
              label: say('give.hand-over'),
              hint: handOver ? say('give.hand-over-hint') : say('give.hand-over-off'),
              disabled: !handOver,
            },
          ]}
        />
      )}
      {!alone && mode === 'hand-over' && (
        <Choice
          name="layout"
          legend={say('give.layout')}
          value={layout}
          choose={(value) => setLayout(value as Layout)}
          options={[
            { value: 'paged', label: say('give.paged') },
            { value: 'whole', label: say('give.whole') },
          ]}
        />
      )}
      <p class="buttons">
        <button type="submit" class="primary" disabled={!isReady}>
          {say('give.begin')}
        </button>
        {!alone && (
          <button type="button" onClick={() => flow.open()}>
            {say('to-chart')}
          </button>
        )}
      </p>
    </form>
  )
}
