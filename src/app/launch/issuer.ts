import { LaunchError } from './fault.ts'

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

const withoutSlash = (address: string): string => address.replace(/\/+$/, '')

/**
 * Whether the app may log in at this FHIR server. With a list only what stands on it; without one only a server of the app's own origin or
 * of this machine: a link made by a stranger must not send a clinician's browser, and then her patient's answers, somewhere else.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html
 */
export function isAllowedIssuer(issuer: string, allowed: readonly string[] | undefined, origin: string): boolean {
  if (!/^https?:\/\//i.test(issuer) || !URL.canParse(issuer)) return false
  if (allowed !== undefined) return allowed.some((one) => withoutSlash(one) === withoutSlash(issuer))
  const url = new URL(issuer)
  return url.origin === origin || LOOPBACK.includes(url.hostname)
}

/** Throws `wrong-issuer`, or `insecure` for an allowed server that is reached without encryption and is not this machine. */
export function checkIssuer(issuer: string, allowed: readonly string[] | undefined, origin: string): void {
  if (!isAllowedIssuer(issuer, allowed, origin)) throw new LaunchError('wrong-issuer', { detail: hostOf(issuer) })
  const { protocol, hostname } = new URL(issuer)
  if (protocol !== 'https:' && !LOOPBACK.includes(hostname)) throw new LaunchError('insecure', { detail: hostOf(issuer) })
}

/** Enough for the IT team to know which server was meant. */
const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).host : '')
