import { CommanderError } from 'commander'
import { programOf, type Run } from './program.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'

/**
 * The program. Everything that belongs to the process (arguments, streams, clock, signals, exit code) is touched here and handed down;
 * commands return what to end with. A reader of our output that goes away is no fault: we end quietly.
 */
export async function main(argv: readonly string[] = process.argv): Promise<void> {
  const shell = shellOfProcess()
  process.exitCode = await runProgram(argv, shell)
  // A read that waits for input would keep the process alive.
  process.stdin.destroy()
}

function shellOfProcess(): Shell {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  // Told to whoever writes; here it only must not end the process.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  return {
    stdin: process.stdin,
    out: process.stdout,
    err: process.stderr,
    env: process.env,
    isTerminal: { stdin: process.stdin.isTTY === true, out: process.stdout.isTTY === true, err: process.stderr.isTTY === true },
    now: () => new Date(),
    stop: stop.signal,
  }
}

async function runProgram(argv: readonly string[], shell: Shell): Promise<ExitCode> {
  let code: ExitCode = EXIT.done
  const take = (load: () => Promise<Run>, positionals: readonly string[], options: unknown) =>
    load().then(async (run) => {
      code = await run(positionals, options as never, shell)
    })
  try {
    await programOf(take, shell).parseAsync(argv)
    return code
  } catch (error) {
    return codeOf(error, shell)
  }
}

function codeOf(error: unknown, { err }: Shell): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return EXIT.done
  if (error instanceof UsageError || (error instanceof Error && error.name === 'ConfigError')) {
    err.write(`kizuna: ${error.message}\n`)
    return EXIT.usage
  }
  err.write(`kizuna: internal fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return EXIT.fault
}
