import { sentenceOf } from '../../fhir/risk-assessment.ts'
import type { Verdict } from '../../risk/judge.ts'
import { useApp } from '../app-context.ts'
import { useSpeech } from '../words.ts'

/** Every rule that fired, with its numbers and its source, one sentence each; what sets no tier stands apart as noted. */
export function Reasons({ verdicts }: { readonly verdicts: readonly Verdict[] }) {
  const { knowledge } = useApp()
  const { say } = useSpeech()
  const tierBearing = new Set(knowledge.ruleSet.rules.filter(({ tier }) => tier !== undefined).map(({ id }) => id))
  const bearsTier = ({ id }: Verdict): boolean => id === 'X1' || tierBearing.has(id)
  const notes = verdicts.filter((verdict) => !bearsTier(verdict))
  return (
    <>
      <Sentences verdicts={verdicts.filter(bearsTier)} />
      {notes.length > 0 && <p class="lead">{say('reasons.notes')}</p>}
      <Sentences verdicts={notes} />
    </>
  )
}

function Sentences({ verdicts }: { readonly verdicts: readonly Verdict[] }) {
  const { knowledge } = useApp()
  const { language } = useSpeech()
  if (verdicts.length === 0) return null
  return (
    <ul class="reasons">
      {verdicts.map((verdict) => (
        <li key={`${verdict.id} ${verdict.because}`}>{sentenceOf(knowledge.ruleSet, language, verdict)}</li>
      ))}
    </ul>
  )
}
