import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createServiceKey } from '../sandbox/smart/keys.ts'
import { runFolderOf } from './run-folder.ts'
import { fetchServiceToken } from './service-token.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'

/** `kizuna token`: prints an access token of a running sandbox, as the client `kizuna-service`, and nothing else. */
export async function token(
  _positionals: readonly string[],
  { scope, url, data }: { scope: string; url: string; data?: string },
  { out }: Shell,
): Promise<ExitCode> {
  if (!URL.canParse(url)) throw new UsageError('--url takes the base URL of a sandbox, such as http://127.0.0.1:8080.')
  const base = new URL(url)
  const folder = data ?? runFolderOf(Number(base.port))
  const kept = await stat(join(folder, 'kizuna-service.jwk.json')).catch(() => undefined)
  if (kept === undefined) {
    throw new UsageError(
      `No sandbox is known at ${base.origin}: start \`kizuna sandbox\`; name its address with --url, its folder with --data.`,
    )
  }
  const key = await createServiceKey(folder)
  out.write(`${await fetchServiceToken({ tokenUrl: `${base.origin}/ehr/auth/token`, clientId: 'kizuna-service', key, scope })}\n`)
  return EXIT.done
}
