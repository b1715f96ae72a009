import { AssessmentError } from '../errors.ts'

export interface ExportFile {
  readonly type: string
  readonly url: string
}

/** What an export has given. */
export interface Manifest {
  /** The server's own time, from which the next export goes on: nothing is missed by clocks that differ. */
  readonly transactionTime: string
  readonly requiresAccessToken: boolean
  readonly output: readonly ExportFile[]
  /** Bundles that name what was deleted since. */
  readonly deleted: readonly ExportFile[]
  /** OperationOutcomes: `error` up to version 3, `outcome` from 4 on. */
  readonly outcomes: readonly ExportFile[]
}

/** Reads what the server says of its files. Throws AssessmentError `processing` where it is no manifest. @see https://hl7.org/fhir/uv/bulkdata/export.html#response---complete-status */
export function manifestOf(body: unknown): Manifest {
  const { transactionTime, requiresAccessToken, output, deleted, error, outcome, link } = (body ?? {}) as Record<string, unknown>
  if (typeof transactionTime !== 'string' || Number.isNaN(Date.parse(transactionTime)) || !Array.isArray(output))
    throw new AssessmentError('processing', 'The FHIR server describes its export with no manifest')
  if (Array.isArray(link) && link.some((one: { relation?: unknown }) => one.relation === 'next'))
    throw new AssessmentError('not-supported', 'The FHIR server gives its export in parts, which nobody asked for')
  return {
    transactionTime,
    requiresAccessToken: requiresAccessToken === true,
    output: filesOf(output),
    deleted: filesOf(deleted),
    outcomes: [...filesOf(error), ...filesOf(outcome)],
  }
}

function filesOf(files: unknown): ExportFile[] {
  if (files === undefined || files === null) return []
  const isFile = (file: unknown): file is ExportFile => {
    const { type, url } = (file ?? {}) as Partial<ExportFile>
    return typeof type === 'string' && typeof url === 'string' && /^https?:/.test(URL.canParse(url) ? new URL(url).protocol : '')
  }
  if (Array.isArray(files) && files.every(isFile)) return files
  throw new AssessmentError('processing', 'The FHIR server names files of its export without type or address')
}
