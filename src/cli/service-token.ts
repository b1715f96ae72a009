import { type BackendClient, createTokenSource, type GrantedToken, requestToken } from '../ehr/backend-services.ts'
import type { AccessTokenSource } from '../ehr/request.ts'
import type { Signer } from '../ehr/signing-keys.ts'
import { AssessmentError } from '../errors.ts'
import { UsageError } from './shell.ts'

/** Whose token of a sandbox is asked for, where, and for what. */
export interface TokenOrder {
  readonly tokenUrl: string
  readonly clientId: string
  readonly key: Signer
  readonly scope: string
}

const clientOf = ({ tokenUrl, clientId, key, scope }: TokenOrder): BackendClient => ({
  clientId,
  scope,
  signer: () => key,
  tokenEndpoint: async () => tokenUrl,
  attempts: 1,
})

/** An access token of a sandbox, for a person to use. Throws UsageError with the reason that the server gives. */
export async function fetchServiceToken(order: TokenOrder): Promise<string> {
  const { accessToken } = await requestToken(clientOf(order)).catch((error: unknown): GrantedToken => {
    throw error instanceof AssessmentError ? new UsageError(reasonOf(error, order.tokenUrl)) : error
  })
  return accessToken
}

/** The tokens with which the sandbox's own service calls its EHR. */
export const serviceTokens = (order: TokenOrder): AccessTokenSource => createTokenSource(clientOf(order))

function reasonOf({ code, message, cause }: AssessmentError, tokenUrl: string): string {
  if (code === 'transient')
    return `Nothing answers at ${tokenUrl}: is the sandbox running? Start it with \`kizuna sandbox\`, or name it with --url.`
  const { error_description: description } = (cause ?? {}) as { error_description?: unknown }
  return `No token: ${message}${typeof description === 'string' ? `, ${description}` : ''}.`
}
