import type { QuestionnaireResponse } from 'fhir/r4.js'
import { createFhirServer, type FhirServer } from '../ehr/fhir-server.ts'
import { bearerTokenOf } from '../ehr/verify-token.ts'
import type { Claims } from '../queue/values.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import type { ServiceOptions } from '../service/service.ts'
import { guarded, whileClaimed } from '../worker/claimed.ts'
import { claimOf } from '../worker/score-job.ts'
import { withForm } from '../write-back/with-form.ts'
import { writeBack } from '../write-back/write-back.ts'

interface CallerOptions {
  readonly knowledge: Knowledge
  readonly claims: Claims
  /** The FHIR server whose token this is. */
  readonly baseUrlFor: (authorization: string) => Promise<string>
  readonly now: () => Date
}

/** What the service reads and writes at a hospital's server, as who called: with the token of the call, never with one of ours. One response is written by one at a time. */
export function asCaller({
  knowledge,
  claims,
  baseUrlFor,
  now,
}: CallerOptions): Required<Pick<ServiceOptions, 'readResponse' | 'writeResults'>> {
  const serverFor = async (authorization: string): Promise<FhirServer> =>
    createFhirServer({ baseUrl: await baseUrlFor(authorization), accessToken: () => bearerTokenOf(authorization) })
  return {
    readResponse: async (id, authorization) => {
      const server = await serverFor(authorization)
      const response = await server.read<QuestionnaireResponse>('QuestionnaireResponse', id)
      return { response, forms: (await withForm(knowledge, server, response)).forms }
    },
    writeResults: async (received, history, authorization, forms) => {
      const response = received as QuestionnaireResponse
      const server = await serverFor(authorization)
      const order = { knowledge: { ...knowledge, forms }, response, recording: { recorded: now().toISOString() }, history }
      const { result, written, bundle, notWritten } = await whileClaimed(claims, claimOf(server, response), (stillOurs) =>
        writeBack({ ...order, server: guarded(server, stillOurs) }),
      )
      return { result, references: written.map(({ reference }) => reference), ...(bundle && { bundle }), ...(notWritten && { notWritten }) }
    },
  }
}
