import type { Bundle, Encounter, FhirResource } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { writeBack } from '../write-back/write-back.ts'
import { type Arrival, arrivalsOf } from './mother-responses.ts'
import { buildEncounter, buildPractitioners, buildRecord, encounterIdOf } from './mothers.ts'
import type { Stories, Story } from './story.ts'

export interface Seeding {
  /** With a token that may write everything. */
  readonly server: FhirServer
  readonly knowledge: Knowledge
  readonly stories: Stories
  /** `YYYY-MM-DD`; the stories are told from this day. */
  readonly today: string
  /** FHIR instant on that day, the start of each mother's visit. */
  readonly now: string
}

export interface Seeded {
  /** How many mothers were added. */
  readonly added: number
  /** The day from which each mother's story is told on this server, by her id. */
  readonly toldOn: ReadonlyMap<string, string>
}

/**
 * Makes the server hold the mothers of the stories that it does not hold yet, with results written as any response's results are.
 * Every id is fixed, and a mother's visit is written last: what was interrupted is done again, what is complete is left as it is by now.
 */
export async function seed(seeding: Seeding): Promise<Seeded> {
  const { server, stories, today } = seeding
  const there = await fetchToldOn(server, stories)
  const missing = stories.mothers.filter(({ id }) => !there.has(id))
  if (missing.length === 0) return { added: 0, toldOn: there }
  await server.transaction(putAll(server, buildPractitioners(stories)))
  await Promise.all(missing.map((story) => seedMother(seeding, story)))
  return { added: missing.length, toldOn: new Map([...there, ...missing.map(({ id }) => [id, today] as const)]) }
}

/** The mothers whose stories are complete on the server: their visit is there, and it began on the day of the telling. */
async function fetchToldOn(server: FhirServer, { mothers }: Stories): Promise<Map<string, string>> {
  const visits = await server.searchAll<Encounter>('Encounter', { _id: mothers.map(({ id }) => encounterIdOf(id)).join(',') })
  const starts = new Map(visits.map(({ id, period }) => [id, period?.start?.slice(0, 10)]))
  return new Map(mothers.flatMap(({ id }) => pairOf(id, starts.get(encounterIdOf(id)))))
}

const pairOf = (id: string, day: string | undefined): [string, string][] => (day === undefined ? [] : [[id, day]])

async function seedMother({ server, knowledge, stories, today, now }: Seeding, story: Story): Promise<void> {
  const time = { today, zone: stories.zone }
  await server.transaction(putAll(server, buildRecord(story, time)))
  // One after the other: each is judged by what was known when it came.
  for (const arrival of arrivalsOf(knowledge.instruments, story, time)) await receive({ server, knowledge }, arrival)
  await server.transaction(putAll(server, [buildEncounter(story, now)]))
}

async function receive({ server, knowledge }: Pick<Seeding, 'server' | 'knowledge'>, { response, recorded }: Arrival): Promise<void> {
  await server.transaction(putAll(server, [response]))
  await writeBack({ server, knowledge, response, recording: { recorded } })
}

const putAll = ({ baseUrl }: FhirServer, resources: readonly FhirResource[]): Bundle => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: resources.map((resource) => {
    const url = `${resource.resourceType}/${resource.id}`
    return { fullUrl: `${baseUrl}/${url}`, resource, request: { method: 'PUT', url } }
  }),
})
