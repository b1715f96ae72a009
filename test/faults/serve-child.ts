import { startServe } from '../../src/cli/start-serve.ts'
import { createFhirServer } from '../../src/ehr/fhir-server.ts'
import { NO_LOG } from '../../src/log.ts'
import { openStore } from '../../src/queue/open-store.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { type At, type Point, watchFetch, watchLog, watchServer, watchStore } from './points.ts'

/** What the test tells the service that it starts. */
export interface ChildOrder {
  readonly ehr: string
  readonly folder: string
  readonly secret: string
  readonly point?: Point
  /** How often the point is passed before the process is killed. */
  readonly passes: number
}

const { ehr, folder, secret, point, passes } = JSON.parse(process.env.CHILD_ORDER!) as ChildOrder
let passed = 0
const at: At = (name) => {
  // Nothing is flushed and nobody is told: what a power cut or the kernel does.
  if (name === point && ++passed > passes) process.kill(process.pid, 'SIGKILL')
}

watchFetch(ehr, at)
const server = createFhirServer({ baseUrl: ehr, accessToken: () => 'all' })
const { baseUrl } = await startServe({
  host: '127.0.0.1',
  port: 0,
  tenants: [{ tenant: { id: 'hospital', fhirBaseUrl: ehr, clientId: 'kizuna' }, server: watchServer(server, at) }],
  settings: { allowedOrigins: [] },
  launch: { clientId: 'kizuna-app' },
  knowledge: { ...knowledge, site: { ...knowledge.site, writer: 'service' } },
  store: watchStore(openStore({ folder }), at),
  secrets: [secret],
  publicKeys: () => ({ keys: [] }),
  sweepEvery: 3_000,
  lease: 2_500,
  now: () => new Date(),
  log: watchLog(NO_LOG, at),
})
process.stdout.write(`${baseUrl}\n`)
