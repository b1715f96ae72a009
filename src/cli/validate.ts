import { createBatchWriter } from '../bulk/batch-writer.ts'
import type { Entry } from '../bulk/entry.ts'
import { readEntries } from '../bulk/read-entries.ts'
import type { Issue } from '../errors.ts'
import { type Conformance, createConformanceCheck } from '../fhir/check-conformance.ts'
import { operationOutcome } from '../fhir/operation-outcome.ts'
import { loadResourceCheck } from '../load-knowledge.ts'
import { loadArtifacts, loadBindings, loadInstruments, loadTextPacks } from '../resources.ts'
import { type Input, inputsOf } from './open-input.ts'
import { EXIT, type ExitCode, type Shell } from './shell.ts'

/**
 * `kizuna validate`: one OperationOutcome for each resource, in the order of the input; `details.text` says where it stands. Held against R4,
 * against our profiles where it claims one or is a result of ours, against our questionnaire where it answers one; a valid one is told which.
 * A Bundle is one resource, checked with all that is in it. Ends with 3 when any has a fault.
 */
export async function validate(files: readonly string[], { quiet = false }: { quiet?: boolean }, shell: Shell): Promise<ExitCode> {
  const inputs = await inputsOf(files, shell)
  const check = loadConformanceCheck()
  const writer = createBatchWriter(shell.out)
  let faulty = 0
  for (const input of inputs) {
    for await (const { entries } of readEntries(input.open(), elementsOf)) {
      if (shell.stop.aborted) break
      for (const entry of entries) {
        const conformance = entry.fault === undefined ? check(entry.received) : { against: [], issues: [entry.fault] }
        const isFaulty = conformance.issues.length > 0
        if (isFaulty) faulty += 1
        if (isFaulty || !quiet) writer.add(outcomeLine(conformance, entry, input))
      }
      await writer.flow()
    }
  }
  await writer.flush()
  if (shell.stop.aborted) return EXIT.interrupted
  return faulty > 0 ? EXIT.refused : EXIT.done
}

const elementsOf = (document: unknown): Entry[] =>
  (Array.isArray(document) ? document : [document]).map((received: unknown, index) => ({ line: index + 1, received }))

function loadConformanceCheck(): (resource: unknown) => Conformance {
  const profiles = loadArtifacts().filter((artifact) => artifact.resourceType === 'StructureDefinition')
  return createConformanceCheck(
    { instruments: loadInstruments(), bindings: loadBindings(), textPacks: loadTextPacks(), check: loadResourceCheck() },
    profiles,
  )
}

const LIST = new Intl.ListFormat('en-GB')

const valid = (against: readonly string[]): Issue => ({
  severity: 'information',
  code: 'informational',
  diagnostics: `Valid ${LIST.format(['R4', ...against])}`,
})

function outcomeLine({ against, issues }: Conformance, { line, received }: Entry, { name }: Input): string {
  const { resourceType, id } = (received ?? {}) as { resourceType?: unknown; id?: unknown }
  const type = typeof resourceType === 'string' ? ` ${resourceType}` : ''
  const where = `${name === '-' ? 'standard input' : name}:${line}${type}${type !== '' && typeof id === 'string' ? `/${id}` : ''}`
  const outcome = operationOutcome(issues.length > 0 ? issues : [valid(against)])
  return `${JSON.stringify({ ...outcome, issue: outcome.issue.map((issue) => ({ ...issue, details: { text: where } })) })}\n`
}
