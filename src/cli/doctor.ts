import { loadConfig, loadLaunchSettings } from '../config.ts'
import { baseUrlOf, connect, keyFileOf, tenantOf } from './connect.ts'
import { checkAddress } from './doctor/check-address.ts'
import { checkDiscovery } from './doctor/check-discovery.ts'
import { checkLaunch } from './doctor/check-launch.ts'
import { checkLogin } from './doctor/check-login.ts'
import { checkAbilities, checkWork } from './doctor/check-work.ts'
import { type Examination, type Finding, fail } from './doctor/finding.ts'
import { findingsText } from './doctor/finding-text.ts'
import { loadSigningKeys } from './key-file.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'

export interface DoctorOptions {
  readonly iss: string
  readonly token?: string
  readonly site?: string
  readonly appUrl?: string
  readonly json?: boolean
}

/** `kizuna doctor`: why a launch or a write would fail, step by step, each with what to do. Writes nothing to the server. Ends with 3 where something fails. */
export async function doctor(_: readonly string[], options: DoctorOptions, shell: Shell): Promise<ExitCode> {
  const baseUrl = baseUrlOf({ url: options.iss, flag: '--iss' })
  const site = options.site ?? loadConfig(shell.env).KIZUNA_SITE
  const findings = await examine(
    { baseUrl, now: shell.now, site: loadLaunchSettings(site), ...(options.appUrl && { appUrl: options.appUrl }) },
    options,
    shell,
  )
  shell.out.write(options.json === true ? `${JSON.stringify({ server: baseUrl, findings }, undefined, 2)}\n` : findingsText(findings))
  return findings.some(({ verdict }) => verdict === 'fail') ? EXIT.refused : EXIT.done
}

async function examine(examination: Examination, options: DoctorOptions, shell: Shell): Promise<Finding[]> {
  const { findings, statement } = await checkAddress(examination)
  if (statement === undefined) return [...findings]
  const { findings: discovered, configuration } = await checkDiscovery(examination)
  const known = { ...examination, ...(configuration && { configuration }) }
  const launch = await checkLaunch(known)
  const { login, server } = await logIn(known, options, shell)
  const work = await checkWork({ ...known, ...(server && { server }) })
  return [...findings, ...discovered, ...launch, ...login, ...checkAbilities(statement), ...work]
}

/** With the token that was given, else as the tenant; a key that cannot be read is a finding like any other. */
async function logIn(examination: Examination, { token, site }: Pick<DoctorOptions, 'token' | 'site'>, shell: Shell) {
  const { baseUrl } = examination
  const target = { url: baseUrl, flag: '--iss', token, site }
  if (token !== undefined) return { login: [], server: await connect(target, shell) }
  const tenant = tenantOf(baseUrl, site, shell.env)
  try {
    const keys = tenant && (await loadSigningKeys(keyFileOf(tenant, shell.env)))
    const login = await checkLogin({ ...examination, ...(tenant && { tenant }), ...(keys && { keys }) })
    const isIn = login.some(({ check, verdict }) => check === 'login' && verdict === 'ok')
    return { login, ...(isIn && { server: await connect(target, shell) }) }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return { login: [fail('login', error.message, 'Then ask again.')] }
  }
}
