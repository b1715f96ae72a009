import type { RelatedPerson } from 'fhir/r4.js'
import type { Judged } from '../../fhir/standing.ts'
import type { Language } from '../../instrument/instrument.ts'
import { referenceTarget } from '../../score/reference.ts'
import { useApp } from '../app-context.ts'
import type { Chart } from '../chart/chart.ts'
import { dateText, nameOf } from '../format.ts'
import { useSpeech } from '../words.ts'
import { Action } from './action.tsx'
import { Reasons } from './reasons.tsx'
import { TierMark } from './tier-mark.tsx'

/** What needs attention now: her tier, what to do, and the latest result of each instrument with its reasons. */
export function Attention({ chart }: { readonly chart: Chart }) {
  const { knowledge } = useApp()
  const { say } = useSpeech()
  const { tier, current, outdated } = chart.standing
  const days = knowledge.site.tierWindowDays
  return (
    <section class="attention" aria-labelledby="attention">
      <h2 id="attention">{say('attention.title')}</h2>
      <p class="standing">
        <TierMark tier={tier} />
      </p>
      {current.length === 0 ? (
        <p>{say('attention.none', { days })}</p>
      ) : (
        <>
          {tier !== 'none' && <Action tier={tier} withSafety={false} />}
          <p class="quiet">{say('attention.rule', { days })}</p>
        </>
      )}
      <ul class="results">
        {current.map((judged) => (
          <Result key={judged.reference} judged={judged} />
        ))}
        {outdated.map((judged) => (
          <Outdated key={judged.reference} judged={judged} />
        ))}
      </ul>
      {chart.record.unreadable.length > 0 && <p class="warning">{say('attention.unreadable')}</p>}
      {chart.record.broken && <p class="warning">{say('attention.broken', { types: chart.record.broken.join(', ') })}</p>}
    </section>
  )
}

function Result({ judged }: { readonly judged: Judged }) {
  const { say, language } = useSpeech()
  const { state, knowledge } = useApp()
  const { instrument, effective, ageInDays, tier, fired, preliminary } = judged
  const infant = infantName(judged, state.chart?.infants ?? [], language)
  const nothing = knowledge.ruleSet.tiers.find(({ id }) => id === tier)?.action[language]
  return (
    <li>
      <h3>
        {instrument?.shortTitle[language] ?? say('attention.other')}
        {infant !== undefined && <bdi>{infant}</bdi>}
        <TierMark tier={tier} />
      </h3>
      <p class="quiet">
        {dateText(language, effective)} ({ageInDays === 0 ? say('age.today') : say('age.days', { days: ageInDays })}
        {preliminary ? say('age.preliminary') : ''})
      </p>
      {(tier === 'none' || tier === 'routine') && <p class="quiet">{nothing}</p>}
      <Reasons verdicts={fired} />
    </li>
  )
}

/** Whom a bonding result is about, where she has more than one child. */
function infantName({ infant }: Judged, infants: readonly RelatedPerson[], language: Language): string | undefined {
  if (infant === undefined || infants.length < 2) return undefined
  const own = infants.find(({ id }) => referenceTarget(infant) === `RelatedPerson/${id}`)
  return own === undefined ? infant.display : nameOf(own, language)
}

function Outdated({ judged: { instrument, effective, ageInDays } }: { readonly judged: Judged }) {
  const { say, language } = useSpeech()
  return (
    <li class="quiet">
      {say('attention.outdated', {
        instrument: instrument?.shortTitle[language] ?? say('attention.other'),
        date: dateText(language, effective, false),
        days: ageInDays,
      })}
    </li>
  )
}
