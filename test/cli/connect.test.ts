import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, describe, expect, test } from 'vitest'
import { connect } from '../../src/cli/connect.ts'
import { loadSigningKeys } from '../../src/cli/key-file.ts'
import { loadTenants } from '../../src/config.ts'
import { RESULT_SCOPES } from '../../src/ehr/tenant.ts'
import { startService } from '../service/service-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'kizuna-connect-'))
const file = (name: string, content: string | object): string => {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  return join(folder, name)
}
const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
const ec = openssl('ecparam', '-name', 'secp384r1', '-genkey', '-noout')
const rsa = openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048')
const now = () => new Date()
afterAll(() => rmSync(folder, { recursive: true }))

describe('key files', () => {
  test('PEM as openssl makes it; of two the last signs', async () => {
    const keys = await loadSigningKeys(file('both.pem', ec + rsa))
    expect(keys.publicKeys.keys.map(({ alg }) => alg)).toEqual(['ES384', 'RS384'])
    expect(keys.signer(now()).alg).toBe('RS384')
  })

  test.each([
    ['nothing there', '/nowhere.pem', /cannot be read/],
    ['no key', file('text.pem', 'secret'), /neither PEM nor JSON/],
    [
      'a curve that SMART does not know',
      file('p256.pem', openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout')),
      /neither EC P-384/,
    ],
  ])('%s: said, and nothing quoted', async (_name, name, reason) => {
    const failure = await loadSigningKeys(name).catch((error: unknown) => String(error))
    expect(failure).toMatch(reason)
    expect(failure).not.toContain('secret')
  })
})

test('the tenant of an address is logged in with its key, which our JWKS route publishes', async () => {
  const keyFile = file('key.pem', ec)
  const keys = await loadSigningKeys(keyFile)
  const service = await startService({ publicKeys: () => keys.publicKeys })
  const http = createServer()
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening))
  const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const ehr = express()
  ehr.get('/fhir/.well-known/smart-configuration', (_req, res) => void res.json({ token_endpoint: `${base}/token` }))
  ehr.post('/token', express.urlencoded(), async (req, res) => {
    const jwks = createRemoteJWKSet(new URL(`${service.base}/.well-known/jwks.json`))
    const { payload } = await jwtVerify(req.body.client_assertion, jwks, { audience: `${base}/token`, issuer: 'kizuna', typ: 'JWT' })
    res.json({ access_token: `for-${payload.sub}-${req.body.scope}`, expires_in: 60 })
  })
  ehr.get('/fhir/Patient/p', (req, res) => void res.json({ resourceType: 'Patient', id: 'p', language: req.headers.authorization }))
  http.on('request', ehr)

  const tenants = [{ id: 'a', fhirBaseUrl: `${base}/fhir/`, clientId: 'kizuna', keyFile: 'key.pem', scopes: 'system/Patient.r' }]
  const site = file('site.json', { tenants })
  const asTenant = await connect({ url: `${base}/fhir`, flag: '--to', site }, { env: {}, now })
  expect((await asTenant.read('Patient', 'p')).language).toBe('Bearer for-kizuna-system/Patient.r')
  const asEnvironment = await connect(
    { url: `${base}/fhir/`, flag: '--to', scope: 'system/Patient.rs' },
    { env: { KIZUNA_CLIENT_ID: 'kizuna', KIZUNA_KEY_FILE: keyFile }, now },
  )
  expect((await asEnvironment.read('Patient', 'p')).language).toBe('Bearer for-kizuna-system/Patient.rs')
  await expect(connect({ url: `${base}/fhir`, flag: '--to' }, { env: { KIZUNA_CLIENT_ID: 'kizuna' }, now })).rejects.toThrow(
    /KIZUNA_KEY_FILE/,
  )
  http.closeAllConnections()
  http.close()
  service.close()
})

describe('tenants in the site file', () => {
  const tenant = { id: 'a', fhirBaseUrl: 'https://a.example/fhir', clientId: 'kizuna' }
  test.each([
    ['a Task', { onImmediate: { kind: 'task' } }, 'system/Task.crus'],
    ['a Flag', { onImmediate: { kind: 'flag' } }, 'system/Flag.crus'],
    ['AuditEvents', { auditEvents: true }, 'system/AuditEvent.crus'],
  ])('a site that wants %s asks for the right to write it, unless the tenant names its scopes', (_name, wanted, scope) => {
    const scoped = { ...tenant, id: 'b', fhirBaseUrl: 'https://b.example', scopes: 'system/Observation.crus' }
    const [unnamed, named] = loadTenants(file('wanting.json', { ...wanted, tenants: [tenant, scoped] }))
    expect(unnamed?.scopes).toBe(`${RESULT_SCOPES} ${scope}`)
    expect(named?.scopes).toBe('system/Observation.crus')
  })
  test.each([
    ['an id twice', [tenant, { ...tenant, fhirBaseUrl: 'https://b.example' }], '/tenants/1/id stands twice'],
    ['one server twice', [tenant, { ...tenant, id: 'b', fhirBaseUrl: 'https://a.example/fhir/' }], '/tenants/1/fhirBaseUrl stands twice'],
    ['no client id', [{ id: 'a', fhirBaseUrl: 'https://a.example' }], "/tenants/0 must have required property 'clientId'"],
    ['no address', [{ ...tenant, fhirBaseUrl: 'a.example' }], '/tenants/0/fhirBaseUrl'],
    ['an unknown setting', [{ ...tenant, secret: 'x' }], 'secret'],
  ])('%s: named by its field', (_name, tenants, reason) => expect(() => loadTenants(file('bad.json', { tenants }))).toThrow(reason))
})
