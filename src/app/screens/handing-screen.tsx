import { useState } from 'preact/hooks'
import type { Circumstance } from '../../fhir/response-extensions.ts'
import { useApp } from '../app-context.ts'
import type { Form } from '../form/form.ts'
import { dateText, listText, nameOf } from '../format.ts'
import { Checks } from '../parts/checks.tsx'
import { Choice } from '../parts/choice.tsx'
import { Heading } from '../parts/heading.tsx'
import { useSpeech } from '../words.ts'

/** Before the device leaves the hand: is it she (two identifiers, as she says them), who is with her, and by which code staff come back. */
export function HandingScreen({ form }: { readonly form: Form }) {
  const { knowledge, flow, state } = useApp()
  const { say, language } = useSpeech()
  const [confirmed, setConfirmed] = useState<readonly string[]>([])
  const [company, setCompany] = useState<Circumstance>()
  const [spoken, setSpoken] = useState<readonly string[]>([])
  const { person, returnCode = '', sitting } = state
  const name = person ? nameOf(person.patient, language) : ''
  const birthDate = person?.patient.birthDate
  const isReady = confirmed.length === 2 && company !== undefined
  const titleOf = (id: string) => knowledge.instruments.find((one) => one.id === id)?.shortTitle[language] ?? id
  const titles = [...new Set([form.instrument.id, ...(sitting?.rest ?? []).map(({ instrument }) => instrument)])].map(titleOf)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady) flow.handOver([company, ...(spoken.length > 0 ? (['interpreter'] as const) : [])])
      }}
    >
      <Heading of="handing">{say('handing.title', { instrument: listText(language, titles) })}</Heading>
      <Checks
        name="identity"
        legend={say('handing.confirm')}
        values={confirmed}
        choose={setConfirmed}
        options={[
          { value: 'name', label: <bdi>{name || say('banner.no-name')}</bdi>, hint: say('handing.name') },
          {
            value: 'birth-date',
            label: birthDate === undefined ? say('banner.no-birth-date') : dateText(language, birthDate),
            hint: say('handing.birth-date'),
          },
        ]}
      />
      <Choice
        name="company"
        legend={say('handing.company')}
        value={company}
        choose={(value) => setCompany(value as Circumstance)}
        options={[
          { value: 'alone', label: say('circumstance.alone') },
          { value: 'accompanied', label: say('circumstance.accompanied'), hint: say('handing.accompanied-hint') },
        ]}
      />
      <Checks
        name="interpreter"
        legend={<span class="hidden">{say('circumstance.interpreter')}</span>}
        values={spoken}
        choose={setSpoken}
        options={[{ value: 'interpreter', label: say('circumstance.interpreter') }]}
      />
      <p>{say('handing.code')}</p>
      <p class="code">{returnCode}</p>
      <p class="quiet">{say('handing.code-lost')}</p>
      <p class="buttons">
        <button type="submit" class="primary" disabled={!isReady}>
          {say('handing.go')}
        </button>
        <button type="button" onClick={() => flow.leave()}>
          {say('to-chart')}
        </button>
      </p>
    </form>
  )
}
