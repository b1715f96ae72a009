import { packFor } from '../../instrument/text-pack.ts'
import { safetyItemsOf } from '../../risk/knowledge.ts'
import { useApp } from '../app-context.ts'
import type { Form } from '../form/form.ts'
import { useSpeech } from '../words.ts'

/** The safety items once more, before a paper is reviewed: as they stand here, to be compared with the print. */
export function SecondLook({ form }: { readonly form: Form }) {
  const { knowledge } = useApp()
  const { say } = useSpeech()
  const { instrument, answers, language } = form
  const safety = safetyItemsOf(knowledge.ruleSet)
  const items = instrument.items.filter(({ linkId }) => safety.includes(linkId))
  if (items.length === 0) return null
  const pack = packFor(knowledge.textPacks, instrument, language)
  return (
    <div role="status" class="second-look">
      <p>{say('paper.second-look')}</p>
      {items.map(({ linkId, options }) => {
        const answer = answers[linkId]
        const code = answer === undefined || answer === 'declined' ? undefined : answer.code
        const place = options.findIndex((option) => option.code === code) + 1
        return (
          <p key={linkId}>
            <span lang={language}>
              {instrument.items.findIndex((item) => item.linkId === linkId) + 1}. {pack?.items[linkId] ?? linkId}
            </span>
            :{' '}
            <strong>
              {code === undefined ? (
                say('paper.no-answer')
              ) : (
                <>
                  {say('answers.place-of', { place, count: options.length })} · <span lang={language}>{pack?.options[code] ?? code}</span>
                </>
              )}
            </strong>
          </p>
        )
      })}
    </div>
  )
}
