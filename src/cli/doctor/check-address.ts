import type { CapabilityStatement } from 'fhir/r4.js'
import { type Examination, type Finding, fail, ok, reasonOf, warn } from './finding.ts'

const PATIENCE = 10_000
const isLoopback = (url: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)

export interface Reached {
  readonly findings: readonly Finding[]
  readonly statement?: CapabilityStatement
}

/** Whether there is a FHIR R4 server at the address, under the name it gives itself, and whether its clock agrees with ours. */
export async function checkAddress({ baseUrl, now }: Examination): Promise<Reached> {
  const asked = now().getTime()
  const request = { headers: { accept: 'application/fhir+json' }, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE) } as const
  const answer = await fetch(`${baseUrl}/metadata`, request).catch((error: unknown) => error)
  if (!(answer instanceof Response)) {
    const cause = (answer as { cause?: { code?: string } }).cause?.code ?? reasonOf(answer)
    return {
      findings: [
        fail(
          'address',
          `nothing answers at ${baseUrl} (${cause})`,
          'Check the address, the name service, the firewall and the proxy of this machine.',
        ),
      ],
    }
  }
  const statement = (await answer.json().catch(() => undefined)) as CapabilityStatement | undefined
  const [answered, date] = [now().getTime(), answer.headers.get('date')]
  const findings = [transport(baseUrl), clock(date, (asked + answered) / 2)]
  if (answer.status >= 300 && answer.status < 400) {
    const fix = `Use the address that it names as its base: ${answer.headers.get('location') ?? 'see its documentation'}.`
    return { findings: [...findings, fail('address', 'the server sends us to another address', fix)] }
  }
  if (statement?.resourceType !== 'CapabilityStatement') {
    const fix =
      'The base URL of a FHIR server is the one below which /metadata stands: ask the operator for it. A proxy or a login page may stand before it.'
    return { findings: [...findings, fail('address', `${baseUrl}/metadata answered ${answer.status} without a CapabilityStatement`, fix)] }
  }
  return { findings: [...findings, version(statement), ownName(baseUrl, statement)], statement }
}

function transport(baseUrl: string): Finding {
  if (baseUrl.startsWith('https:')) return ok('transport', 'https')
  if (isLoopback(baseUrl)) return ok('transport', 'http, on this machine')
  return fail('transport', 'http: tokens and answers could be read on the way', 'Use https.')
}

/** Assertions and tokens are good for minutes: a clock that is wrong by one is the commonest reason why they are refused. */
function clock(date: string | null, ours: number): Finding {
  if (date === null) return { check: 'clock', verdict: 'skipped', says: 'the server names no time (Date)' }
  // The header has whole seconds.
  const behind = Math.round((ours - Date.parse(date) - 500) / 1000)
  const says = `our clock is ${Math.abs(behind)} s ${behind < 0 ? 'behind' : 'ahead of'} the server's`
  if (Math.abs(behind) <= 10) return ok('clock', says)
  const fix = 'Set both clocks by NTP: assertions are refused when they are not yet, or no longer, in force.'
  return Math.abs(behind) <= 60 ? warn('clock', says, fix) : fail('clock', says, fix)
}

function version({ fhirVersion }: CapabilityStatement): Finding {
  if (fhirVersion?.startsWith('4.0.')) return ok('version', `FHIR ${fhirVersion}`)
  if (fhirVersion?.startsWith('4.3.'))
    return warn('version', `FHIR ${fhirVersion} (R4B)`, 'Use the R4 endpoint if there is one: R4B was not tried.')
  return fail('version', `FHIR ${fhirVersion ?? 'of an unnamed version'}`, 'Kizuna speaks R4 (4.0.1): use the R4 endpoint.')
}

/** A launch compares `iss` with the allow-list character by character. */
function ownName(baseUrl: string, { implementation }: CapabilityStatement): Finding {
  const own = implementation?.url
  if (own === undefined || own.replace(/\/+$/, '') === baseUrl)
    return ok('name', own === undefined ? 'the server does not name its address' : own)
  return warn(
    'name',
    `the server calls itself ${own}`,
    `A launch will bring that as iss: put it, too, into allowedIssuers, and use it in the tenant where tokens are refused for their audience.`,
  )
}
