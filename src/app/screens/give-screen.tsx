import { useState } from 'preact/hooks'
import type { Language, TextStatus } from '../../instrument/instrument.ts'
import { packFor, textStatusOf } from '../../instrument/text-pack.ts'
import { useApp } from '../app-context.ts'
import { localDate } from '../clock.ts'
import type { Mode } from '../form/form.ts'
import { infantsOn, mayHandOver, offeredIn } from '../form/offers.ts'
import { dateText, nameOf, spokenLanguage } from '../format.ts'
import { Choice, type Option } from '../parts/choice.tsx'
import { Heading } from '../parts/heading.tsx'
import { LANGUAGES, useSpeech, type WordKey } from '../words.ts'

const STATUS: Record<TextStatus, WordKey> = {
  official: 'status.official',
  licensed: 'status.licensed',
  verified: 'status.verified',
  unverified: 'status.unverified',
  caption: 'status.caption',
}

/** Which questionnaire, in which language, by whom, and about which infant. A mother who launched it herself chooses among hers only. */
export function GiveScreen() {
  const { knowledge, flow, state, settings } = useApp()
  const { say, language: screenLanguage } = useSpeech()
  const { session, person } = state
  const alone = session?.isClinician !== true
  const [language, setLanguage] = useState<Language>((person && spokenLanguage(person.patient)) ?? screenLanguage)
  const [instrumentId, setInstrument] = useState(state.screen.name === 'give' ? state.screen.instrument : undefined)
  const [chosenMode, setMode] = useState<Mode>(alone ? 'hand-over' : 'paper')
  const [infantId, setInfant] = useState<string>()

  const offered = offeredIn(knowledge).filter((one) => !alone || mayHandOver(knowledge, one, language, settings.sandbox))
  const instrument = offered.find(({ id }) => id === instrumentId)
  const handOver = instrument === undefined || mayHandOver(knowledge, instrument, language, settings.sandbox)
  const mode = alone ? 'hand-over' : handOver ? chosenMode : 'paper'
  const infants = instrument?.aboutInfant ? infantsOn(person?.infants ?? [], localDate(new Date())) : []
  const infant = infants.length === 1 ? infants[0] : infants.find(({ id }) => id === infantId)
  const isReady = instrument !== undefined && (infants.length < 2 || infant !== undefined)
  const instruments: Option[] = offered.map((one) => ({
    value: one.id,
    label: alone
      ? (packFor(knowledge.textPacks, one, language)?.title ?? one.title[screenLanguage])
      : `${one.shortTitle[screenLanguage]}: ${one.title[screenLanguage]}`,
    hint: alone
      ? undefined
      : say('give.hint', { count: one.items.length, status: say(STATUS[textStatusOf(knowledge.textPacks, one, language)]) }),
  }))
  const begin = () =>
    instrument &&
    flow.give({
      instrument,
      language,
      mode,
      infant: infant && { reference: `RelatedPerson/${infant.id}`, display: nameOf(infant, language) },
    })

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady) begin()
      }}
    >
      <Heading of="give">{alone ? say('give.title-alone') : say('give.title')}</Heading>
      <Choice
        name="language"
        legend={say('give.language')}
        options={LANGUAGES.map(({ id, name }) => ({ value: id, label: <span lang={id}>{name}</span> }))}
        value={language}
        choose={(id) => setLanguage(id as Language)}
      />
      {instruments.length === 0 ? (
        <p>{say('give.nothing')}</p>
      ) : (
        <Choice name="instrument" legend={say('give.instrument')} options={instruments} value={instrument?.id} choose={setInstrument} />
      )}
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
      {infants.length > 1 && (
        <Choice
          name="infant"
          legend={say('give.infant')}
          value={infant?.id}
          choose={setInfant}
          options={infants.map((one) => ({
            value: one.id!,
            label: <bdi>{nameOf(one, screenLanguage)}</bdi>,
            hint: dateText(screenLanguage, one.birthDate ?? ''),
          }))}
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
