import { createBatchWriter } from '../bulk/batch-writer.ts'
import type { Entry } from '../bulk/entry.ts'
import { readEntries } from '../bulk/read-entries.ts'
import type { Issue } from '../errors.ts'
import { operationOutcome } from '../fhir/operation-outcome.ts'
import { loadResourceCheck } from '../load-knowledge.ts'
import { type Input, inputsOf } from './open-input.ts'
import { EXIT, type ExitCode, type Shell } from './shell.ts'

/**
 * `kizuna validate`: one OperationOutcome for each resource, in the order of the input; `details.text` says where it stands. A Bundle is one
 * resource, checked with all that is in it. Ends with 3 when any has a fault.
 */
export async function validate(files: readonly string[], { quiet = false }: { quiet?: boolean }, shell: Shell): Promise<ExitCode> {
  const inputs = await inputsOf(files, shell)
  const check = loadResourceCheck()
  const writer = createBatchWriter(shell.out)
  let faulty = 0
  for (const input of inputs) {
    for await (const { entries } of readEntries(input.open(), elementsOf)) {
      if (shell.stop.aborted) break
      for (const entry of entries) {
        const issues = entry.fault === undefined ? check(entry.received) : [entry.fault]
        if (issues.length > 0) faulty += 1
        if (issues.length > 0 || !quiet) writer.add(outcomeLine(issues, entry, input))
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

const VALID: Issue = { severity: 'information', code: 'informational', diagnostics: 'Valid R4' }

function outcomeLine(issues: readonly Issue[], { line, received }: Entry, { name }: Input): string {
  const { resourceType, id } = (received ?? {}) as { resourceType?: unknown; id?: unknown }
  const type = typeof resourceType === 'string' ? ` ${resourceType}` : ''
  const where = `${name === '-' ? 'standard input' : name}:${line}${type}${type !== '' && typeof id === 'string' ? `/${id}` : ''}`
  const outcome = operationOutcome(issues.length > 0 ? issues : [VALID])
  return `${JSON.stringify({ ...outcome, issue: outcome.issue.map((issue) => ({ ...issue, details: { text: where } })) })}\n`
}
