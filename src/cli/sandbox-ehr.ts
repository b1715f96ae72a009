import { chmod, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { Router } from 'express'
import { parseScopes } from '../ehr/scopes.ts'
import type { CdsClient } from '../ehr/verify-cds-client.ts'
import type { TokenVerifier } from '../ehr/verify-token.ts'
import type { ResourceCheck } from '../fhir/check-resource.ts'
import { cdsPage } from '../sandbox/cds-page.ts'
import { Database } from '../sandbox/fhir/database.ts'
import { createNotifier } from '../sandbox/fhir/notifier.ts'
import { createFhirRouter } from '../sandbox/fhir/router.ts'
import { createStore, type Store } from '../sandbox/fhir/store.ts'
import { createAuthorization } from '../sandbox/smart/authorization.ts'
import { createClients } from '../sandbox/smart/clients.ts'
import { smartConfiguration } from '../sandbox/smart/configuration.ts'
import { endpointsOf } from '../sandbox/smart/endpoints.ts'
import { createServerKeys, createServiceKey, type SigningKey } from '../sandbox/smart/keys.ts'
import type { PatientDirectory } from '../sandbox/smart/realm.ts'
import { answerErrors, keepPrivate } from '../sandbox/smart/respond.ts'

export interface EmbeddedEhrOptions {
  /** The origin of the process, without a slash at the end. */
  readonly origin: string
  readonly check: ResourceCheck
  readonly patients: PatientDirectory
  /** Where the service's key is kept. */
  readonly keyFolder: string
  /** Keeps the records and all keys; absent: in memory. */
  readonly data?: string
  readonly now: () => Date
}

/** The hospital: its FHIR server and its authorization server, to be mounted at `/ehr`. */
export interface EmbeddedEhr {
  readonly router: Router
  readonly fhirBaseUrl: string
  readonly tokenUrl: string
  readonly smartConfiguration: object
  readonly verify: TokenVerifier
  readonly serviceKey: SigningKey
  /** This EHR, as a CDS service knows it. */
  readonly cdsClient: CdsClient
  readonly close: () => void
}

export async function createEmbeddedEhr({ origin, check, patients, keyFolder, data, now }: EmbeddedEhrOptions): Promise<EmbeddedEhr> {
  const [fhirBaseUrl, authBaseUrl] = [`${origin}/ehr/fhir`, `${origin}/ehr/auth`]
  const store = await openStore(data)
  const database = data === undefined ? undefined : new Database(await privateFile(data, 'authorization.sqlite'))
  const [keys, serviceKey] = await Promise.all([createServerKeys(data), createServiceKey(keyFolder)])
  const clients = createClients([`${origin}/smart-launch.html`], { publicKeys: () => serviceKey.publicKeys })
  const {
    router: auth,
    launchRouter,
    wellKnownRouter,
    verify,
    cdsCalls,
  } = createAuthorization({ fhirBaseUrl, authBaseUrl, clients, patients, keys, now, ...(database && { database }) })
  const { authorization: authorize, token, introspection: introspect, revocation: revoke } = endpointsOf({ authBaseUrl })
  const notifier = createNotifier({ store, base: fhirBaseUrl, now: () => now().getTime() })
  const fhir = createFhirRouter({
    store,
    operation: (path) => notifier.operation(path),
    check,
    grantOf: async (req) => {
      const { scope, ...rest } = await verify(req.headers.authorization)
      return { ...rest, scopes: parseScopes(scope) }
    },
    now: () => now().getTime(),
    oauthUris: () => ({ authorize, token, introspect, revoke }),
  })
  const cds = Router()
    .get('/cds', keepPrivate, cdsPage({ origin, fhirBaseUrl, calls: cdsCalls }))
    .use(answerErrors)
  const router = Router().use('/auth', auth).use('/fhir', wellKnownRouter).use('/fhir', fhir).use(launchRouter).use(cds)
  const configuration = smartConfiguration({ authBaseUrl })
  const close = () => {
    notifier.close()
    store.close()
    database?.close()
  }
  return {
    router,
    fhirBaseUrl,
    tokenUrl: token,
    smartConfiguration: configuration,
    verify,
    serviceKey,
    cdsClient: { issuer: authBaseUrl, jwksUri: () => keys.publicKeys, fhirBaseUrl },
    close,
  }
}

/** A file that nobody else may read: the records are synthetic, but people try things with what they have. */
async function openStore(data: string | undefined): Promise<Store> {
  return data === undefined ? createStore() : createStore({ file: await privateFile(data, 'ehr.sqlite') })
}

async function privateFile(data: string, name: string): Promise<string> {
  await mkdir(data, { recursive: true, mode: 0o700 })
  const file = join(data, name)
  // Made before SQLite makes it: its journal then gets the same mode.
  await (await open(file, 'a', 0o600)).close()
  await chmod(file, 0o600)
  return file
}
