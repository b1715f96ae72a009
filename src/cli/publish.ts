import { loadConfig, loadSite } from '../config.ts'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import { loadInstalledArtifacts } from '../load-installed.ts'
import type { Artifact } from '../publish/artifact.ts'
import { inDependencyOrder } from '../publish/dependency-order.ts'
import { CANONICAL, type Dialect, dialectOf, inDialect } from '../publish/dialect.ts'
import { connect } from './connect.ts'
import { dialectNamed } from './dialect-named.ts'
import { carryOut, nameOf, type Plan, planOf } from './publish-artifact.ts'
import { linesOf, reasonOf, summaryOf } from './publish-receipt.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'

export interface PublishOptions {
  readonly to: string
  readonly token?: string
  readonly site?: string
  /** Of the Questionnaires. Named: what stands there in another is replaced. */
  readonly dialect?: string
  readonly dryRun?: boolean
}

/**
 * `kizuna publish`: puts every artifact on a FHIR server, each after those it names, and says for each what became of it. Whatever is there
 * already and the same is left alone; stopped midway, the next run continues. Ends with 3 when any was refused, all others being published.
 */
export async function publish(_: readonly string[], options: PublishOptions, shell: Shell): Promise<ExitCode> {
  const { to: url, token, site } = options
  const installed = loadInstalledArtifacts(loadSite(site ?? loadConfig(shell.env).KIZUNA_SITE))
  const dialect = dialectNamed(options.dialect)
  const artifacts = inDependencyOrder((installed as Artifact[]).map((one) => spokenIn(dialect, one)))
  const server = await connect({ url, flag: '--to', token, site, scope: scopesFor(artifacts) }, shell)
  const held = await heldTypes(server)
  const run: Run = {
    server,
    held,
    mayReplace: options.dialect !== undefined,
    dryRun: options.dryRun === true,
    ids: new Map(),
    tally: new Map(),
    failures: 0,
  }
  for (const artifact of artifacts) {
    if (shell.stop.aborted) return EXIT.interrupted
    await publishOne(run, artifact, shell)
  }
  shell.out.write(summaryOf(run.tally, server.baseUrl, run.dryRun))
  return run.tally.has('refused') ? EXIT.refused : EXIT.done
}

const scopesFor = (artifacts: readonly Artifact[]): string =>
  [...new Set(artifacts.map(({ resourceType }) => `system/${resourceType}.crus`))].join(' ')

interface Run {
  readonly server: FhirServer
  /** `undefined`: the server does not say what it holds. */
  readonly held: ReadonlySet<string> | undefined
  /** Whether a Questionnaire that stands there in another dialect may be replaced. */
  readonly mayReplace: boolean
  readonly dryRun: boolean
  /** Where an artifact stands under another id than here. */
  readonly ids: Map<string, string>
  readonly tally: Map<Plan['action'], number>
  /** How often in a row the server has failed. */
  failures: number
}

async function publishOne(run: Run, published: Artifact, { out }: Shell): Promise<void> {
  const artifact = withServerIds(published, run.ids)
  const { plan, stored } = await attempt(run, artifact).catch((error: unknown) => refusedBy(run, error))
  run.tally.set(plan.action, (run.tally.get(plan.action) ?? 0) + 1)
  const there = stored ?? ('existing' in plan ? plan.existing : undefined)
  if (there !== undefined && there.id !== published.id) run.ids.set(nameOf(published), nameOf(there))
  for (const line of linesOf({ artifact: published, plan, stored, dryRun: run.dryRun })) out.write(`${line}\n`)
}

interface Attempt {
  readonly plan: Plan
  readonly stored?: Artifact
}

/** Plans, and writes unless it is a dry run. */
async function attempt(run: Run, artifact: Artifact): Promise<Attempt> {
  const { server, held, dryRun } = run
  if (held !== undefined && !held.has(artifact.resourceType))
    return { plan: { action: 'refused', reason: `the server does not hold ${artifact.resourceType}` } }
  const plan = inTheSameDialect(run, artifact, await planOf(server, artifact))
  const stored = plan.action === 'refused' || dryRun ? undefined : await carryOut(server, artifact, plan)
  run.failures = 0
  return { plan, ...(stored && { stored }) }
}

const spokenIn = (dialect: Dialect, artifact: Artifact): Artifact =>
  artifact.resourceType === 'Questionnaire' ? inDialect(artifact, dialect) : artifact

/** Somebody put it there for an engine that needs it so: it is not turned into another unasked. */
function inTheSameDialect({ mayReplace }: Run, artifact: Artifact, plan: Plan): Plan {
  if (plan.action !== 'updated' || mayReplace || dialectOf(plan.existing) === dialectOf(artifact)) return plan
  const found = dialectOf(plan.existing)
  return {
    action: 'refused',
    reason: `it stands there in the dialect ${found}: name --dialect ${found}, or --dialect ${CANONICAL} to replace it`,
  }
}

const MOST_FAILURES = 3

/** What a server refuses or fails at is refused alone; one that fails again and again, or does not know us, ends the run. */
function refusedBy(run: Run, error: unknown): Attempt {
  if (!(error instanceof AssessmentError)) throw error
  if (error.code === 'login')
    throw new UsageError(
      'The server does not accept our token: name a file with a valid one with --token, or check the client with kizuna doctor.',
    )
  run.failures = error.code === 'transient' ? run.failures + 1 : 0
  if (run.failures === MOST_FAILURES)
    throw new UsageError(`The server keeps failing: ${error.message}. Run it again later; it continues where it stopped.`)
  return { plan: { action: 'refused', reason: reasonOf(error) } }
}

async function heldTypes(server: FhirServer): Promise<ReadonlySet<string> | undefined> {
  const { rest } = await server.capabilities().catch((error: unknown) => {
    if (!(error instanceof AssessmentError)) throw error
    throw new UsageError(`${server.baseUrl}/metadata cannot be read: ${error.message}.`)
  })
  const types = rest?.find(({ mode }) => mode === 'server')?.resource?.map(({ type }) => type as string)
  return types && new Set(types)
}

/** References follow those artifacts that the server has put under ids of its own. */
function withServerIds(artifact: Artifact, ids: ReadonlyMap<string, string>): Artifact {
  if (ids.size === 0) return artifact
  return JSON.parse(JSON.stringify(artifact), (key, value: unknown) =>
    key === 'reference' ? (ids.get(String(value)) ?? value) : value,
  ) as Artifact
}
