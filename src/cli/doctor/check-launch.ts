import { createHash, randomBytes } from 'node:crypto'
import { type Examination, type Finding, fail, ok, skipped, warn } from './finding.ts'

const SCOPES = 'launch/patient openid fhirUser patient/Patient.r patient/QuestionnaireResponse.crus patient/Observation.crus'

/** Whether the EHR knows our app, and whether our app would open for it. Nobody logs in: the request is sent as a browser would, and how it is refused is read. */
export async function checkLaunch(examination: Examination): Promise<readonly Finding[]> {
  return [issuer(examination), await registration(examination)]
}

function issuer({ baseUrl, site: { allowedIssuers } }: Examination): Finding {
  if (allowedIssuers === undefined)
    return warn(
      'issuer',
      'the site file has no allowedIssuers',
      `Add "${baseUrl}": elsewhere than on this machine the app opens for no other.`,
    )
  if (allowedIssuers.some((one) => one.replace(/\/+$/, '') === baseUrl)) return ok('issuer', 'in allowedIssuers')
  return fail('issuer', 'not in allowedIssuers of the site file: the app refuses the launch', `Add "${baseUrl}".`)
}

async function registration({ baseUrl, configuration, appUrl, site: { clientId } }: Examination): Promise<Finding> {
  const endpoint = configuration?.authorization_endpoint
  if (endpoint === undefined) return skipped('registration', 'no authorization_endpoint')
  if (appUrl === undefined) return skipped('registration', 'name the address of smart-launch.html with --app-url to try it')
  const address = new URL(endpoint)
  const challenge = createHash('sha256').update(randomBytes(32)).digest('base64url')
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: appUrl,
    scope: SCOPES,
    state: randomBytes(16).toString('hex'),
    aud: baseUrl,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value)
  const answer = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
  return readRegistration(answer, { clientId, appUrl })
}

function readRegistration(answer: Response | undefined, { clientId, appUrl }: { clientId: string; appUrl: string }): Finding {
  if (answer === undefined) return fail('registration', 'the authorization endpoint gave no answer', 'It must be reachable from browsers.')
  const location = answer.headers.get('location') ?? ''
  const isOurs = location.startsWith(appUrl)
  const error = isOurs ? new URL(location).searchParams.get('error') : null
  if (error !== null) {
    const code = /^[a-z_]{1,40}$/.test(error) ? error : 'an error'
    return warn(
      'registration',
      `client and redirect are known, but the EHR answered ${code}`,
      'Check the scopes and grant types that the app is registered for.',
    )
  }
  if (answer.status < 400) return ok('registration', `the EHR goes on to ${isOurs ? 'the app' : 'its login'} for ${clientId}`)
  return fail(
    'registration',
    `the EHR answered ${answer.status} for the client ${clientId} with this redirect`,
    `Register ${clientId} as a public client (PKCE) with exactly this launch URL and redirect URI: ${appUrl}.`,
  )
}
