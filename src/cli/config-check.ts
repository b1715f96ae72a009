import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { type Config, loadConfig, loadLaunchSettings, loadServiceSettings, loadSite, loadTenants } from '../config.ts'
import { parseScopes, scopeFor } from '../ehr/scopes.ts'
import type { Tenant } from '../ehr/tenant.ts'
import { checkInstrument } from '../instrument/check-instrument.ts'
import { loadKnowledge } from '../load-knowledge.ts'
import { loadInstrumentSchemas } from '../load-schemas.ts'
import type { Site } from '../risk/knowledge.ts'
import { hasWay } from './alert-test.ts'
import { type Finding, fail, ok, reasonOf, warn } from './doctor/finding.ts'
import { findingsText } from './doctor/finding-text.ts'
import { loadSigningKeys } from './key-file.ts'
import { EXIT, type ExitCode, type Shell } from './shell.ts'

export interface ConfigCheckOptions {
  readonly site?: string
  readonly json?: boolean
}

/** `kizuna config check`: everything that is set, without asking any server; each fault by its field. Ends with 3 where something fails. */
export async function configCheck(_: readonly string[], options: ConfigCheckOptions, shell: Shell): Promise<ExitCode> {
  const findings = await check(options, shell)
  shell.out.write(options.json === true ? `${JSON.stringify({ findings }, undefined, 2)}\n` : findingsText(findings))
  return findings.some(({ verdict }) => verdict === 'fail') ? EXIT.refused : EXIT.done
}

async function check({ site }: ConfigCheckOptions, { env, now }: Shell): Promise<Finding[]> {
  const environment = attempt('environment', 'See the table of settings in the README.', () => loadConfig(env))
  if (environment.value === undefined) return [environment.finding]
  const config = environment.value
  const file = site ?? config.KIZUNA_SITE
  if (file === undefined)
    return [
      environment.finding,
      warn('site file', 'none: the defaults hold', 'Name one with --site or KIZUNA_SITE.'),
      ...knowledgeOf(loadSite(undefined)),
    ]
  const fix = 'See resources/schemas/site.json.'
  const read = attempt('site file', fix, () => ({ site: loadSite(file), tenants: loadTenants(file), service: loadServiceSettings(file) }))
  if (read.value === undefined) return [environment.finding, read.finding]
  const folders = missingFolders(read.value.site)
  const tenants = await Promise.all(read.value.tenants.map((tenant) => checkTenant(tenant, config, now())))
  return [
    environment.finding,
    read.finding,
    ...folders,
    ...(folders.some(({ verdict }) => verdict === 'fail') ? [] : knowledgeOf(read.value.site)),
    ...policyOf(read.value.site),
    ...alertsOf(read.value.site, read.value.tenants.length > 0 && loadLaunchSettings(file).sandbox !== true),
    ...issuersOf(file, read.value.tenants),
    ...tenants.flat(),
    ...read.value.tenants.flatMap((tenant) => unaskedOf(tenant, read.value!.site)),
  ]
}

function attempt<Value>(name: string, fix: string, load: () => Value): { readonly finding: Finding; readonly value?: Value } {
  try {
    return { value: load(), finding: ok(name, 'readable, and every setting is known') }
  } catch (error) {
    return { finding: fail(name, reasonOf(error), fix) }
  }
}

/** Folders that the site file names and that are not there. That of packs may come with the first `instruments install`; until then captions stand in. */
function missingFolders(site: Site): Finding[] {
  const missing = (['instruments', 'bindings', 'packs'] as const).filter((name) => site[name] !== undefined && !existsSync(site[name]))
  return missing.map((name) =>
    name === 'packs'
      ? warn('packs', `${site.packs} is not there: no wording of yours is in use`, 'Correct it, or let kizuna instruments install make it.')
      : fail(name, `${site[name]} is not there`, `Correct ${name} in the site file, or make the folder.`),
  )
}

/** What the site wants written, and a tenant's own scopes give no right to: it would be refused at every write. */
function unaskedOf({ id, scopes = '' }: Tenant, { onImmediate, auditEvents }: Site): Finding[] {
  const wanted = [
    ...(onImmediate?.kind === 'task' ? ['Task'] : []),
    ...(onImmediate?.kind === 'flag' ? ['Flag'] : []),
    ...(auditEvents === true ? ['AuditEvent'] : []),
  ]
  const asked = parseScopes(scopes)
  return wanted
    .filter((type) => scopeFor(asked, type, 'c') === undefined)
    .map((type) =>
      fail(`tenant ${id}`, `scopes give no right to write ${type}, which the site wants`, `Add system/${type}.crus, or leave scopes out.`),
    )
}

/** The rule set with the site's changes, instruments and text packs, as every command loads them. */
function knowledgeOf(site: Site): Finding[] {
  const loaded = attempt('rules', 'The message names the field of the site file, or the file.', () => loadKnowledge(site))
  if (loaded.value === undefined) return [loaded.finding]
  const { instruments, ruleSet, textPacks } = loaded.value
  const schemas = loadInstrumentSchemas()
  const packsOf = (id: string) => textPacks.filter(({ instrument }) => instrument === id)
  const faults = instruments.flatMap((one) => checkInstrument(one, packsOf(one.id), schemas))
  const counted = `${ruleSet.id}|${ruleSet.version}, ${instruments.length} instruments, ${textPacks.length} text packs`
  return faults.length === 0
    ? [ok('rules', counted)]
    : faults.map(({ pointer, message }) => fail('rules', `${pointer}: ${message}`, 'kizuna instruments check names the file.'))
}

/** What is allowed to be unset, and should not be in a hospital. */
function policyOf(site: Site): Finding[] {
  return [
    (site.contacts ?? []).length > 0
      ? ok('contacts', `${site.contacts!.length} named`)
      : warn('contacts', 'nobody is named', 'Set contacts: whom to call when a safety answer is above zero.'),
    site.onImmediate === undefined || site.onImmediate.kind === 'none'
      ? warn('onImmediate', 'an immediate result alerts nobody who is not at the screen', 'Set onImmediate.')
      : site.onImmediate.kind === 'task' && site.onImmediate.owner === undefined
        ? warn(
            'onImmediate',
            "the Task has no owner: it is in nobody's list",
            'Set onImmediate.owner, such as {"reference": "Organization/ward"}.',
          )
        : ok('onImmediate', site.onImmediate.kind),
    site.thresholdPolicy === undefined
      ? warn('thresholdPolicy', 'by the language of each response (jp9 for Japanese, else levis11)', 'Set it, so that it is your decision.')
      : ok('thresholdPolicy', site.thresholdPolicy),
  ]
}

/** With patients `kizuna serve` does not start where nobody would hear of an immediate result; that the way works is for its recipient to confirm. */
function alertsOf(site: Site, hasPatients: boolean): Finding[] {
  if (!hasPatients || hasWay(site)) return []
  const fix = 'Set alertWebhook, or onImmediate with a Task; "sandbox": true is for synthetic data.'
  return [fail('alerts', 'nobody would hear of an immediate result: kizuna serve does not start', fix)]
}

function issuersOf(file: string, tenants: readonly Tenant[]): Finding[] {
  const { allowedIssuers } = loadLaunchSettings(file)
  if (tenants.length === 0) return []
  const missing = tenants.filter(({ fhirBaseUrl }) => !allowedIssuers?.some((one) => one.replace(/\/+$/, '') === fhirBaseUrl))
  if (missing.length === 0) return [ok('allowedIssuers', 'every tenant may launch the app')]
  return [
    warn(
      'allowedIssuers',
      `not named: ${missing.map(({ fhirBaseUrl }) => fhirBaseUrl).join(', ')}`,
      'Name those whose charts open the app.',
    ),
  ]
}

async function checkTenant(tenant: Tenant, { KIZUNA_KEY_FILE }: Config, now: Date): Promise<Finding[]> {
  const name = `tenant ${tenant.id}`
  const file = tenant.keyFile ?? KIZUNA_KEY_FILE
  const transport = tenant.fhirBaseUrl.startsWith('https:') || /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(tenant.fhirBaseUrl)
  const address = transport ? [] : [fail(name, 'fhirBaseUrl is http: tokens could be read on the way', 'Use https.')]
  if (file === undefined) return [...address, fail(name, 'no key', 'Set KIZUNA_KEY_FILE, or keyFile of the tenant.')]
  try {
    const keys = await loadSigningKeys(file)
    const { alg, kid } = keys.signer(now)
    const signs = ok(name, `${tenant.clientId} at ${tenant.fhirBaseUrl}; signs with ${alg}, kid ${kid}, of ${keys.publicKeys.keys.length}`)
    const { mode } = await stat(file)
    return [
      ...address,
      signs,
      ...((mode & 0o007) === 0 ? [] : [warn(name, 'everybody on this machine may read the key file', `chmod o-rwx ${file}`)]),
    ]
  } catch (error) {
    return [...address, fail(name, reasonOf(error), 'Then check again.')]
  }
}
