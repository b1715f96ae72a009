import type { Task } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import { TASK_SYSTEM } from '../fhir/acknowledgement.ts'

/**
 * Seconds since the oldest alert was written that nobody has seen yet, over all hospitals; undefined when there is none. A server that keeps no Tasks, or lets us read none,
 * knows of none; one that is down does not say, and the others are not kept from speaking.
 */
export async function oldestUnacknowledged(servers: Iterable<FhirServer>, now: Date): Promise<number | undefined> {
  const written = (await Promise.all([...servers].map(unseenOn))).flat()
  const oldest = Math.min(...written.map((instant) => Date.parse(instant)).filter((time) => !Number.isNaN(time)))
  return Number.isFinite(oldest) ? Math.max(0, (now.getTime() - oldest) / 1000) : undefined
}

async function unseenOn(server: FhirServer): Promise<string[]> {
  try {
    const tasks = await server.searchAll<Task>('Task', { status: 'requested', code: `${TASK_SYSTEM}|attend`, _count: '200' })
    return tasks.flatMap(({ authoredOn }) => authoredOn ?? [])
  } catch (error) {
    if (error instanceof AssessmentError) return []
    throw error
  }
}
