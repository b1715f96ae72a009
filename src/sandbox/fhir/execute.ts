import type { Call, Outcome } from './call.ts'
import { type Interaction, LETTER } from './interaction.ts'
import { read } from './read.ts'
import { refusal } from './refusal.ts'
import { carryOut, foundOutcome, isFound, type Plan, planOf, verify } from './write.ts'

/** An interaction with the url by which other entries of its Bundle refer to its resource. */
export type Entry = Interaction & { readonly fullUrl?: string | undefined }

/** Runs the work of one entry; a Bundle names the entry in what is thrown, a single call does not. */
export type Within = <T>(index: number, work: () => T) => T

interface Job<E extends Entry = Entry> {
  readonly index: number
  readonly entry: E
}

/**
 * Carries out interactions together: all or nothing, in the order DELETE, POST, PUT, GET, in one synchronous step, so that no condition
 * (`ifNoneExist`, `ifMatch`) can become untrue between being looked at and being acted upon. A single call is a list of one.
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
export function execute(call: Call, entries: readonly Entry[], within: Within): Outcome[] {
  const jobs = entries.map((entry, index) => ({ index, entry }))
  for (const { index, entry } of jobs) within(index, () => call.access.clause(entry.type, LETTER[entry.kind]))
  const reads = jobs.filter(({ entry }) => 'rs'.includes(LETTER[entry.kind]))
  const readAll = () => reads.map(({ index, entry }) => [index, within(index, () => read(call, entry))] as const)
  if (reads.length === jobs.length) return inOrder(readAll())
  return call.store.atomically(() => {
    const reach = call.access.reach()
    const removed = jobs.filter(isDeletion).map(({ index, entry }) => [index, within(index, () => remove(call, entry))] as const)
    const written = writeAll(call, jobs, within)
    if (reach && call.access.reach()?.some((patient) => !reach.includes(patient))) {
      throw refusal(403, 'forbidden', 'A token confined to one patient cannot link others to her')
    }
    return inOrder([...removed, ...written, ...readAll()])
  })
}

const inOrder = (outcomes: readonly (readonly [number, Outcome])[]): Outcome[] =>
  outcomes.toSorted(([one], [other]) => one - other).map(([, outcome]) => outcome)

const isDeletion = (job: Job): job is Job<Extract<Entry, { kind: 'delete' }>> => job.entry.kind === 'delete'

/** Deleting what is not there succeeds without doing anything. @see https://hl7.org/fhir/R4/http.html#delete */
function remove({ store, access, now }: Call, { type, id, ifMatch }: Extract<Entry, { kind: 'delete' }>): Outcome {
  const existing = store.current(type, id)
  if (ifMatch !== undefined && existing?.version !== ifMatch)
    throw refusal(412, 'conflict', 'The resource is not at the version of If-Match')
  if (!existing?.resource) return { status: 204, isWrite: true }
  access.assertKey(existing.key, type, 'd')
  return { status: 204, isWrite: true, version: store.put({ type, id, method: 'DELETE', at: now }) }
}

function writeAll(call: Call, jobs: readonly Job[], within: Within): (readonly [number, Outcome])[] {
  const ordered = ['create', 'update'].flatMap((kind) => jobs.filter(({ entry }) => entry.kind === kind))
  const planned = ordered.map(({ index, entry }) => ({ index, entry, plan: within(index, () => planOf(call, entry)) }))
  refuseOverlap(jobs, planned, within)
  const links = new Map(planned.flatMap(({ entry, plan }) => (entry.fullUrl === undefined ? [] : [[entry.fullUrl, refOf(plan)]])))
  const written = planned.map(({ index, plan }) => {
    const work = () => (isFound(plan) && plan.existing ? foundOutcome(call, plan.existing) : carryOut(call, plan, links))
    return { index, plan, outcome: within(index, work) }
  })
  for (const { index, plan, outcome } of written) if (!isFound(plan)) within(index, () => verify(call, plan, outcome))
  return written.map(({ index, outcome }) => [index, outcome])
}

const refOf = ({ type, id }: { readonly type: string; readonly id: string }): string => `${type}/${id}`

/** "If any resource identities (including resolved identities from conditional update/delete) overlap …, then the transaction SHALL fail". */
function refuseOverlap(jobs: readonly Job[], planned: readonly { readonly index: number; readonly plan: Plan }[], within: Within): void {
  const writes = planned.filter(({ plan }) => !isFound(plan))
  const identities = [
    ...jobs.filter(isDeletion).map(({ index, entry }) => ({ index, identity: refOf(entry) })),
    ...writes.map(({ index, plan }) => ({ index, identity: refOf(plan) })),
    ...writes
      .filter(({ plan }) => plan.condition !== undefined)
      .map(({ index, plan }) => ({ index, identity: `${plan.type}?${plan.condition}` })),
  ]
  const seen = new Set<string>()
  for (const { index, identity } of identities) {
    if (seen.has(identity))
      within(index, () => {
        throw refusal(400, 'duplicate', 'Another entry of the Bundle writes the same resource')
      })
    seen.add(identity)
  }
}
