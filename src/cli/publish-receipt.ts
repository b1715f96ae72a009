import type { OperationOutcome } from 'fhir/r4.js'
import type { AssessmentError } from '../errors.ts'
import type { Artifact } from '../publish/artifact.ts'
import type { Change } from '../publish/compare-artifact.ts'
import { nameOf, type Plan } from './publish-artifact.ts'

interface Published {
  readonly artifact: Artifact
  readonly plan: Plan
  /** What the server now holds; absent in a dry run and where it was refused. */
  readonly stored?: Artifact | undefined
  readonly dryRun: boolean
}

const WOULD = { created: 'would create', updated: 'would update', unchanged: 'unchanged', refused: 'refused' } as const
const MOST_CHANGES = 12
const WIDEST = 60

/** The receipt of one artifact: what became of it, where it stands, and in a dry run what would change in it. */
export function linesOf({ artifact, plan, stored, dryRun }: Published): string[] {
  const action = dryRun ? WOULD[plan.action] : plan.action
  const version = 'version' in artifact ? ` ${artifact.version}` : ''
  const line = `${action.padEnd(dryRun ? 12 : 9)} ${nameOf(artifact)}${version}`
  if (plan.action === 'refused') return [`${line}: ${plan.reason}`]
  return [`${line}${placeOf(artifact, stored)}`, ...(dryRun && plan.action === 'updated' ? changeLines(plan.changes) : [])]
}

function placeOf(artifact: Artifact, stored: Artifact | undefined): string {
  if (stored === undefined) return ''
  const elsewhere = stored.id === artifact.id ? '' : ` as ${nameOf(stored)}`
  return `${elsewhere}${stored.meta?.versionId === undefined ? '' : ` (version ${stored.meta.versionId} there)`}`
}

function changeLines(changes: readonly Change[]): string[] {
  const lines = changes.slice(0, MOST_CHANGES).map(({ path, before, after }) => {
    if (before === undefined) return `  + ${path}: ${short(after!)}`
    return after === undefined ? `  - ${path}: ${short(before)}` : `  ~ ${path}: ${short(before)} -> ${short(after)}`
  })
  return changes.length > MOST_CHANGES ? [...lines, `  and ${changes.length - MOST_CHANGES} more`] : lines
}

const short = (text: string): string => (text.length > WIDEST ? `${text.slice(0, WIDEST)}…` : text)

/** `60 artifacts, http://…: 58 created, 2 unchanged` */
export function summaryOf(tally: ReadonlyMap<Plan['action'], number>, baseUrl: string, dryRun: boolean): string {
  const total = [...tally.values()].reduce((sum, count) => sum + count, 0)
  const parts = [...tally].map(([action, count]) => `${count} ${dryRun ? WOULD[action] : action}`)
  return `${total} artifacts, ${baseUrl}: ${parts.join(', ')}\n`
}

/** Why a server refused, in its own words where it has any: artifacts hold nothing about people. */
export function reasonOf({ message, cause }: AssessmentError): string {
  const said = ((cause ?? {}) as Partial<OperationOutcome>).issue?.flatMap(({ diagnostics }) => diagnostics ?? []) ?? []
  return said.length === 0 ? message : `${message}: ${said.slice(0, 3).join('; ')}`
}
