import type { Writable } from 'node:stream'

/** All that a command may touch of the process it runs in. */
export interface Shell {
  readonly stdin: AsyncIterable<Uint8Array>
  readonly out: Writable
  readonly err: Writable
  readonly env: NodeJS.ProcessEnv
  readonly isTerminal: { readonly stdin: boolean; readonly out: boolean; readonly err: boolean }
  readonly now: () => Date
  /** Aborted when the user asks to stop. */
  readonly stop: AbortSignal
}

/** The site file, where a command takes one. */
export interface SiteOption {
  readonly site?: string
}

/** What the process ends with. */
export const EXIT = { done: 0, fault: 1, usage: 2, refused: 3, interrupted: 130 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A command that cannot be done as it was asked for; the message says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
