import { TIERS, type Tier } from '../../risk/rule-set.ts'
import { useApp } from '../app-context.ts'
import { useSpeech } from '../words.ts'

/** A shape per tier, so that none is told by colour alone; routine and none have no shape, for nothing was found and nothing is cleared. */
const SHAPES: Partial<Record<Tier, preact.JSX.Element>> = {
  immediate: <path d="M7 2h6l5 5v6l-5 5H7l-5-5V7z" class="filled" />,
  priority: <path d="M10 2 18.5 17.5h-17z" class="filled" />,
  assess: <path d="M10 1.5 18.5 10 10 18.5 1.5 10z" class="filled" />,
  open: <circle cx="10" cy="10" r="7.5" class="broken" />,
  watch: <circle cx="10" cy="10" r="7" class="ring" />,
}

/** A tier in word, shape and colour. */
export function TierMark({ tier }: { readonly tier: Tier }) {
  const { knowledge } = useApp()
  const { language } = useSpeech()
  const title = knowledge.ruleSet.tiers.find(({ id }) => id === tier)?.title[language] ?? TIERS[TIERS.indexOf(tier)]
  const shape = SHAPES[tier]
  return (
    <span class={`tier tier-${tier}`}>
      {shape && (
        <svg viewBox="0 0 20 20" aria-hidden="true">
          {shape}
        </svg>
      )}
      {title}
    </span>
  )
}
