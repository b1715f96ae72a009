import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { requestToken } from '../ehr/backend-services.ts'
import { backendClientOf } from '../ehr/tenant.ts'
import { AssessmentError } from '../errors.ts'
import { createServiceKey } from '../sandbox/smart/keys.ts'
import { baseUrlOf, keyFileOf, tenantOf } from './connect.ts'
import { loadSigningKeys } from './key-file.ts'
import { runFolderOf } from './run-folder.ts'
import { fetchServiceToken } from './service-token.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'

export interface TokenOptions {
  readonly scope: string
  readonly url: string
  readonly data?: string
  readonly iss?: string
  readonly site?: string
}

/** `kizuna token`: prints an access token and nothing else: of a running sandbox as `kizuna-service`, or with `--iss` of a hospital server as its tenant. */
export async function token(_positionals: readonly string[], options: TokenOptions, shell: Shell): Promise<ExitCode> {
  const accessToken = options.iss === undefined ? await sandboxToken(options) : await tenantToken({ ...options, iss: options.iss }, shell)
  shell.out.write(`${accessToken}\n`)
  return EXIT.done
}

async function tenantToken({ iss, site, scope }: TokenOptions & { readonly iss: string }, { env, now }: Shell): Promise<string> {
  const baseUrl = baseUrlOf({ url: iss, flag: '--iss' })
  const tenant = tenantOf(baseUrl, site, env)
  if (tenant === undefined)
    throw new UsageError(
      `Nothing is known of ${baseUrl}: name it as a tenant in the site file, or set KIZUNA_CLIENT_ID and KIZUNA_KEY_FILE.`,
    )
  const keys = await loadSigningKeys(keyFileOf(tenant, env))
  const { accessToken } = await requestToken(backendClientOf(tenant, { keys, scope, now, attempts: 1 })).catch((error: unknown) => {
    if (!(error instanceof AssessmentError)) throw error
    throw new UsageError(`No token: ${error.message}. \`kizuna doctor --iss ${baseUrl}\` says what to do.`)
  })
  return accessToken
}

async function sandboxToken({ scope, url, data }: TokenOptions): Promise<string> {
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
  return fetchServiceToken({ tokenUrl: `${base.origin}/ehr/auth/token`, clientId: 'kizuna-service', key, scope })
}
