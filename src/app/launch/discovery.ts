import { LaunchError } from './fault.ts'

const PATIENCE = 15_000

/**
 * Looks whether a login can work at this FHIR server before the page is left for it: `smart-configuration` is there, is JSON, names both
 * endpoints, and PKCE with S256 (which every server SHALL support) is offered. Throws LaunchError with the reason.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known
 */
export async function checkServer(issuer: string, patience = PATIENCE): Promise<void> {
  const address = `${issuer.replace(/\/+$/, '')}/.well-known/smart-configuration`
  const answer = await fetch(address, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(patience) }).catch(
    async (cause: unknown) => {
      throw new LaunchError(await silenceOf(address, patience), { cause, detail: address })
    },
  )
  if (!answer.ok) throw new LaunchError('not-smart', { detail: `${address}: ${answer.status}` })
  const configuration: unknown = await answer.json().catch(() => undefined)
  const problem = problemOf(configuration)
  if (problem !== undefined) throw new LaunchError(problem, { detail: address })
}

function problemOf(configuration: unknown): 'not-smart' | 'no-pkce' | undefined {
  if (typeof configuration !== 'object' || configuration === null) return 'not-smart'
  const {
    authorization_endpoint: authorize,
    token_endpoint: token,
    code_challenge_methods_supported: methods,
  } = configuration as Record<string, unknown>
  if (!isWebAddress(authorize) || !isWebAddress(token)) return 'not-smart'
  return Array.isArray(methods) && methods.includes('S256') ? undefined : 'no-pkce'
}

const isWebAddress = (text: unknown): boolean => typeof text === 'string' && /^https?:\/\//.test(text) && URL.canParse(text)

/** Why a server gave the page no answer: it is there, but does not let a page of another origin read it; or it is not to be reached at all. */
export async function silenceOf(address: string, patience = PATIENCE): Promise<'cors' | 'no-network'> {
  const opaque = { mode: 'no-cors', credentials: 'omit', signal: AbortSignal.timeout(patience) } as const
  return await fetch(address, opaque).then(
    () => 'cors',
    () => 'no-network',
  )
}
