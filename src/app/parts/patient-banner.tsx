import type { Patient } from 'fhir/r4.js'
import { localDate } from '../clock.ts'
import { ageOn, dateText, nameOf, recordNumber } from '../format.ts'
import { useSpeech } from '../words.ts'

/** Who the chart is about: name, birth date with age, record number. Shown whenever the EHR does not show it itself. */
export function PatientBanner({ patient }: { readonly patient: Patient }) {
  const { say, language } = useSpeech()
  const { birthDate } = patient
  const number = recordNumber(patient)
  return (
    <section class="banner" aria-label={say('banner.label')}>
      <p class="name">
        <bdi>{nameOf(patient, language) || say('banner.no-name')}</bdi>
      </p>
      <p>
        {birthDate === undefined
          ? say('banner.no-birth-date')
          : say('banner.born', { date: dateText(language, birthDate), age: ageOn(birthDate, localDate(new Date())) })}
      </p>
      {number !== undefined && (
        <p>
          {say('banner.number')} <bdi>{number}</bdi>
        </p>
      )}
    </section>
  )
}
