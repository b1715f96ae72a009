import { loadConfig, loadSite } from '../config.ts'
import { openStore } from '../queue/open-store.ts'
import { confirmAlert } from './alert-test.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'

/** `kizuna config confirm-alert`: keeps that the recipient of alerts has got the test message, by its code. */
export async function confirmAlertCommand(
  [code = '']: readonly string[],
  options: { readonly data?: string; readonly site?: string },
  { env, out, now }: Shell,
): Promise<ExitCode> {
  const config = loadConfig(env)
  const site = loadSite(options.site ?? config.KIZUNA_SITE)
  const store = openStore({ folder: options.data ?? config.KIZUNA_DATA, now: () => now().getTime() })
  try {
    if (!(await confirmAlert(store.values, site, code)))
      throw new UsageError(
        'This is not the code of the last test message, or alerts go another way by now: `kizuna serve` sends a new one.',
      )
    out.write('Confirmed: alerts arrive. `kizuna serve` will start.\n')
    return EXIT.done
  } finally {
    store.close()
  }
}
