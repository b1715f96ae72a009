import { loadConfig, loadSite } from '../config.ts'
import { createLog } from '../log.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'
import { startSandbox } from './start-sandbox.ts'

export interface SandboxCommandOptions {
  readonly port?: string
  readonly data?: string
  readonly site?: string
}

/** `kizuna sandbox`: runs until it is told to stop. The first line of output is the base URL, once everything is there to be opened. */
export async function sandbox(_positionals: readonly string[], options: SandboxCommandOptions, shell: Shell): Promise<ExitCode> {
  const config = loadConfig(shell.env)
  const running = await startSandbox({
    port: options.port === undefined ? config.PORT : portOf(options.port),
    ...(options.data !== undefined && { data: options.data }),
    site: { schedule: 'japan-postpartum', ...loadSite(options.site ?? config.KIZUNA_SITE) },
    now: shell.now,
    log: createLog(config.LOG_LEVEL, shell.err),
  })
  shell.out.write(`${running.baseUrl}\n${welcomeOf(running.baseUrl, options.data)}`)
  await stopped(shell.stop)
  await running.close()
  return EXIT.done
}

function portOf(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new UsageError('--port takes a number from 0 to 65535; 0 lets the system choose.')
}

const welcomeOf = (baseUrl: string, data: string | undefined): string => `
Open the address above in a browser: each name opens the app in the chart of a synthetic mother.
  FHIR server of the EHR  ${baseUrl}/ehr/fhir
  scoring service         ${baseUrl}/fhir
  a token for curl        npx kizuna token --scope 'system/*.rs' --url ${baseUrl}${data === undefined ? '' : ` --data ${data}`}
Data is kept ${data === undefined ? 'in memory and gone when this ends' : `in ${data}`}. Stop with Ctrl-C.
`

const stopped = (stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (stop.aborted) resolve()
    else stop.addEventListener('abort', () => resolve(), { once: true })
  })
