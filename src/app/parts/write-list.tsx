import type { Bundle, FhirResource } from 'fhir/r4.js'
import { useApp } from '../app-context.ts'
import { type Say, useSpeech } from '../words.ts'

/** Resource by resource what will be written. */
export function WriteList({ bundle }: { readonly bundle: Bundle }) {
  const { say } = useSpeech()
  const name = useResourceName()
  return (
    <section aria-labelledby="to-write">
      <h2 id="to-write">{say('review.will-write')}</h2>
      <ul class="write-list">
        {(bundle.entry ?? []).map(({ fullUrl, resource }) => (
          <li key={fullUrl}>
            <code>{resource?.resourceType}</code> {resource && name(resource as FhirResource)}
            {resource && <Obstacle type={resource.resourceType} />}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What will keep a resource from being written, as far as it is known before: the login, or the server itself. */
function Obstacle({ type }: { readonly type: string }) {
  const { state } = useApp()
  const { say } = useSpeech()
  const scopes = [...(state.session?.lacking?.write ?? []), ...(state.session?.lacking?.acknowledge ?? [])]
  const missing = scopes.filter((scope) => scope.startsWith(`patient/${type}.`))
  if (missing.length > 0) return <strong>{say('review.no-scope', { scopes: missing.join(' ') })}</strong>
  return state.abilities?.holds(type) === false ? <strong>{say('review.not-taken')}</strong> : null
}

function useResourceName(): (resource: FhirResource) => string {
  const { knowledge } = useApp()
  const { say, language } = useSpeech()
  const scales = knowledge.instruments.flatMap((one) => one.scales)
  return (resource) => {
    if (resource.resourceType !== 'Observation') return say(RESOURCE[resource.resourceType as keyof typeof RESOURCE] ?? 'resource.other')
    const code = resource.code.coding?.[0]?.code
    return scales.find((scale) => scale.code === code)?.title[language] ?? say('resource.panel')
  }
}

const RESOURCE = {
  QuestionnaireResponse: 'resource.response',
  RiskAssessment: 'resource.risk',
  Provenance: 'resource.provenance',
  Task: 'resource.task',
  Flag: 'resource.flag',
} as const satisfies Record<string, Parameters<Say>[0]>
