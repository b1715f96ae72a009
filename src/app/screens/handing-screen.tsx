import { useApp } from '../app-context.ts'
import type { Form } from '../form/form.ts'
import { dateText, nameOf } from '../format.ts'
import { Heading } from '../parts/heading.tsx'
import { useSpeech } from '../words.ts'

/** Before the device leaves the hand: is it she, and by which code staff come back. */
export function HandingScreen({ form }: { readonly form: Form }) {
  const { flow, state } = useApp()
  const { say, language } = useSpeech()
  const { person, returnCode = '' } = state
  const name = person ? nameOf(person.patient, language) : ''
  const birthDate = person?.patient.birthDate
  return (
    <>
      <Heading of="handing">{say('handing.title', { instrument: form.instrument.shortTitle[language] })}</Heading>
      <p>{say('handing.confirm', { name, date: birthDate === undefined ? say('banner.no-birth-date') : dateText(language, birthDate) })}</p>
      <p>{say('handing.code')}</p>
      <p class="code">{returnCode}</p>
      <p class="quiet">{say('handing.code-lost')}</p>
      <p class="buttons">
        <button type="button" class="primary" onClick={() => flow.turnTo(-1)}>
          {say('handing.go')}
        </button>
        <button type="button" onClick={() => flow.leave()}>
          {say('to-chart')}
        </button>
      </p>
    </>
  )
}
