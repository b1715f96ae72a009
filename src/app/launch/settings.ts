import { DEFAULT_SITE, type Site } from '../../risk/knowledge.ts'

/** What `./site.json` may say to the app. */
export interface AppSettings {
  readonly clientId: string
  /** FHIR servers that may launch the app; absent: only those of its own origin and of this machine. */
  readonly allowedIssuers?: readonly string[]
  /** Synthetic data only: captions may be handed over, under a watermark. */
  readonly sandbox: boolean
  readonly site: Site
}

export const DEFAULT_SETTINGS: AppSettings = { clientId: 'kizuna-app', sandbox: false, site: DEFAULT_SITE }

/**
 * The settings in a parsed `site.json`: the site file as the service reads it, which also says what the app needs to launch.
 * What is absent stays as it is by default.
 */
export function settingsOf(file: unknown): AppSettings {
  if (typeof file !== 'object' || file === null) return DEFAULT_SETTINGS
  const { $schema: _schema, clientId, allowedIssuers, sandbox, ...site } = file as Record<string, unknown>
  return {
    clientId: typeof clientId === 'string' ? clientId : DEFAULT_SETTINGS.clientId,
    sandbox: sandbox === true,
    site: { ...DEFAULT_SITE, ...site },
    ...(Array.isArray(allowedIssuers) && { allowedIssuers: allowedIssuers.filter((one) => typeof one === 'string') }),
  }
}

/** Fetches `./site.json` beside the page; a site that has none, or a broken one, gets the defaults, which allow the least. */
export async function fetchSettings(page: string): Promise<AppSettings> {
  try {
    const answer = await fetch(new URL('./site.json', page), { cache: 'no-cache' })
    return answer.ok ? settingsOf(await answer.json()) : DEFAULT_SETTINGS
  } catch {
    return DEFAULT_SETTINGS
  }
}
