import type { QuestionnaireResponse } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import { BASE } from '../instrument/instrument.ts'
import { identityOf } from '../score/context.ts'
import { resultValuesOf } from '../write-back/assess-held.ts'
import { fetchExisting } from '../write-back/fetch-existing.ts'
import { type Receipt, writeBack } from '../write-back/write-back.ts'
import { Claimed, guarded, type StillOurs, whileClaimed } from './claimed.ts'
import type { Scene } from './scene.ts'
import { Postponed } from './worker.ts'

const RESPONSE_SYSTEM = `${BASE}/sid/response`
const APP_PATIENCE = 10 * 60_000
const CLAIM_PATIENCE = 250
const LATER = 1_000

export interface ScoreJob {
  readonly server: FhirServer
  readonly id: string
  /** The server must hold at least this version. */
  readonly version?: string | undefined
}

/** What was written, of which version of the response. */
export interface Scored extends Receipt {
  readonly version?: string
  /** The app had written them already: somebody is at a screen. */
  readonly isSeen: boolean
}

/**
 * Scores one response as its server holds it and writes the results. Undefined: the response is there no longer, and nothing is to be done.
 * Doing it again changes nothing.
 */
export async function scoreStored(scene: Scene, { server, id, version }: ScoreJob): Promise<Scored | undefined> {
  const { knowledge, store, now, lease } = scene
  const write = async (stillOurs: StillOurs): Promise<Scored | undefined> => {
    const response = await readResponse(server, id)
    if (response === undefined) return undefined
    if (isBehind(response, version)) throw new AssessmentError('transient', 'The FHIR server does not hold the version yet that it told of')
    await leaveToApp(scene, server, response)
    const recording = { recorded: now().toISOString() }
    const receipt = await writeBack({ server: guarded(server, stillOurs), knowledge, response, recording })
    const isSeen = isOfApp(scene, response) && receipt.written.every(({ action }) => action === 'unchanged')
    return { ...receipt, isSeen, ...(response.meta?.versionId !== undefined && { version: response.meta.versionId }) }
  }
  return whileClaimed(store.claims, claimOf(server, { id }), write, { patience: CLAIM_PATIENCE, lease }).catch((error: unknown) => {
    // A place among those that work is not kept for waiting.
    throw error instanceof Claimed ? new Postponed(now().getTime() + LATER) : error
  })
}

/** The name under which one response is claimed: its id on the server, or without one its identity. */
export const claimOf = (
  { baseUrl }: Pick<FhirServer, 'baseUrl'>,
  response: { readonly id?: unknown; readonly identifier?: unknown },
): string => `${baseUrl} ${typeof response.id === 'string' ? `QuestionnaireResponse/${response.id}` : identityOf(response)}`

async function readResponse(server: FhirServer, id: string): Promise<QuestionnaireResponse | undefined> {
  try {
    return await server.read<QuestionnaireResponse>('QuestionnaireResponse', id)
  } catch (error) {
    if (error instanceof AssessmentError && ['not-found', 'deleted'].includes(error.code)) return undefined
    throw error
  }
}

/** Servers that read from a copy may lag. Versions that are no numbers cannot be compared. */
function isBehind({ meta }: QuestionnaireResponse, version: string | undefined): boolean {
  const [held, told] = [Number(meta?.versionId), Number(version)]
  return Number.isInteger(held) && Number.isInteger(told) && held < told
}

const isOfApp = ({ knowledge }: Scene, { identifier }: QuestionnaireResponse): boolean =>
  knowledge.site.writer === 'app' && identifier?.system === RESPONSE_SYSTEM

/**
 * Where the app writes results, those of its own responses are left to it for some minutes; if they are not there by then, its device was lost in between, and
 * we write them. Throws Postponed.
 */
async function leaveToApp(scene: Scene, server: FhirServer, response: QuestionnaireResponse): Promise<void> {
  const { knowledge, now, appPatience = APP_PATIENCE } = scene
  const lastUpdated = Date.parse(response.meta?.lastUpdated ?? '')
  if (!isOfApp(scene, response) || !(now().getTime() < lastUpdated + appPatience)) return
  const { results } = await fetchExisting(server, resultValuesOf(knowledge, response))
  const isWritten = [...results.values()].some(({ meta }) => Date.parse(meta?.lastUpdated ?? '') >= lastUpdated)
  if (!isWritten) throw new Postponed(lastUpdated + appPatience)
}
