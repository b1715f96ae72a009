import fc from 'fast-check'
import type { Bundle, Observation, QuestionnaireResponse, Resource, RiskAssessment } from 'fhir/r4.js'
import { expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { bundleOf } from '../../src/emit.ts'
import { anyAnswers, SCORED, TODAY, timeOn } from '../fixtures/courses.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { response } from '../fixtures/responses.ts'

type Held = Observation | RiskAssessment

const isHeld = (resource: Resource | undefined): resource is Resource & Held =>
  resource?.resourceType === 'Observation' || resource?.resourceType === 'RiskAssessment'

/** A server as far as results of one response need one: conditional creates by identifier, updates that count versions. */
function createHolder() {
  const held = new Map<string, Held>()
  return {
    all: () => [...held.values()],
    take({ entry = [] }: Bundle): void {
      for (const { resource, request } of entry) {
        if (!isHeld(resource)) continue
        const value = resource.identifier![0]!.value!
        const there = held.get(value)
        if (request!.method === 'POST' && there) continue
        if (request!.method === 'PUT') expect(request!.ifMatch).toBe(`W/"${there!.meta!.versionId}"`)
        const versionId = String(Number(there?.meta?.versionId ?? 0) + 1)
        held.set(value, { ...resource, id: there?.id ?? value, meta: { ...resource.meta, versionId } } as Held)
      }
    },
  }
}

/** Versions of one response: drafts, then what was completed and corrected, and sometimes its retraction. */
const anyLife = fc.constantFrom(...SCORED).chain((id) =>
  fc
    .record({
      drafts: fc.array(anyAnswers(id), { maxLength: 2 }),
      completed: anyAnswers(id),
      amended: fc.array(anyAnswers(id), { maxLength: 3 }),
      retracted: fc.boolean(),
    })
    .map(({ drafts, completed, amended, retracted }) => {
      const version = (status: QuestionnaireResponse['status']) => (answers: readonly (number | undefined)[]) =>
        response(id, answers, { status, authored: timeOn(TODAY) })
      const versions = [...drafts.map(version('in-progress')), version('completed')(completed), ...amended.map(version('amended'))]
      return retracted ? [...versions, { ...versions.at(-1)!, status: 'entered-in-error' as const }] : versions
    }),
)

const tierOf = (held: readonly Held[]) =>
  held
    .flatMap((one) => (one.resourceType === 'RiskAssessment' ? (one.prediction ?? []) : []))
    .map(({ qualitativeRisk }) => qualitativeRisk!.coding![0]!.code)

test('however a response was drafted, corrected and taken back, its results settle: one of each, as the last version says', () => {
  fc.assert(
    fc.property(anyLife, (versions) => {
      const holder = createHolder()
      let raised = false
      for (const [index, version] of versions.entries()) {
        const bundle = () => bundleOf(knowledge, assess(knowledge, version, holder.all()), { recorded: `2027-01-0${index + 1}T00:00:00Z` })
        holder.take(bundle() as Bundle)
        expect((bundle() as Bundle).entry).toBeUndefined()
        raised ||= assess(knowledge, version).risk.tier === 'immediate'
        if (raised && version.status !== 'entered-in-error') expect(tierOf(holder.all())).toContain('immediate')
      }
      const last = assess(knowledge, versions.at(-1)!)
      if (last.outcome === 'refused') throw new Error('these forms are never refused')
      expect(holder.all().length).toBe(last.scores.length + 2)
      const statuses = new Set(holder.all().map(({ status }) => status))
      if (last.outcome === 'retracted') {
        expect([...statuses]).toEqual(['entered-in-error'])
        return
      }
      expect([...statuses].filter((status) => status === 'entered-in-error' || status === 'preliminary')).toEqual([])
      for (const score of last.scores) {
        const one = holder.all().find((each) => each.resourceType === 'Observation' && each.code.coding![0]!.code === score.scale.code)
        expect((one as Observation).valueQuantity?.value).toBe(score.state === 'complete' ? score.value : undefined)
      }
    }),
    { numRuns: 60 },
  )
})
