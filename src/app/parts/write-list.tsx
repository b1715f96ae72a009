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
          </li>
        ))}
      </ul>
    </section>
  )
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
