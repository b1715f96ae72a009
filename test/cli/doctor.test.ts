import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import express from 'express'
import { exportJWK, generateKeyPair } from 'jose'
import nock from 'nock'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ConfigCheckOptions, configCheck } from '../../src/cli/config-check.ts'
import { connect } from '../../src/cli/connect.ts'
import type { Finding } from '../../src/cli/doctor/finding.ts'
import { type DoctorOptions, doctor } from '../../src/cli/doctor.ts'
import { createEmbeddedEhr, type EmbeddedEhr } from '../../src/cli/sandbox-ehr.ts'
import type { Shell } from '../../src/cli/shell.ts'
import { token } from '../../src/cli/token.ts'
import { loadResourceCheck } from '../../src/load-knowledge.ts'

const folder = mkdtempSync(join(tmpdir(), 'kizuna-doctor-'))
const keyFile = join(folder, 'kizuna-service.jwk.json')
const file = (name: string, content: object): string => {
  writeFileSync(join(folder, name), JSON.stringify(content))
  return join(folder, name)
}
const EHR_ENV = { KIZUNA_CLIENT_ID: 'kizuna-service', KIZUNA_KEY_FILE: keyFile }

async function run(command: (shell: Shell) => Promise<number>, env: NodeJS.ProcessEnv = {}, now = () => new Date()) {
  const out = new PassThrough()
  const code = await command({ out, env, now } as unknown as Shell)
  const { findings } = JSON.parse(String(out.read())) as { findings: Finding[] }
  return { code, findings, of: (check: string) => findings.find((one) => one.check === check), text: JSON.stringify(findings) }
}
const examine = (options: Partial<DoctorOptions>, env?: NodeJS.ProcessEnv, now?: () => Date) =>
  run((shell) => doctor([], { iss: 'https://ehr.example/fhir', json: true, ...options }, shell), env, now)
const checkConfig = (options: ConfigCheckOptions, env?: NodeJS.ProcessEnv) =>
  run((shell) => configCheck([], { json: true, ...options }, shell), env)

afterAll(() => rmSync(folder, { recursive: true }))

describe('the embedded EHR', () => {
  let http: Server
  let ehr: EmbeddedEhr
  let origin: string

  beforeAll(async () => {
    http = createServer()
    await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening))
    origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    const patients = () => [{ id: 'hana', name: 'Hana' }]
    ehr = await createEmbeddedEhr({ origin, check: loadResourceCheck(), patients, keyFolder: folder, now: () => new Date() })
    http.on('request', express().use('/ehr', ehr.router))
  })
  afterAll(() => {
    http.closeAllConnections()
    http.close()
    ehr.close()
  })
  const iss = () => ehr.fhirBaseUrl

  test('all is well, and it ends with 0', async () => {
    const site = file('good.json', {
      allowedIssuers: [iss()],
      tenants: [{ id: 'a', fhirBaseUrl: iss(), clientId: 'kizuna-service', keyFile }],
    })
    const { code, findings } = await examine({ iss: `${iss()}/`, site, appUrl: `${origin}/smart-launch.html` })
    expect(findings.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    expect(findings.map(({ check }) => check)).toContain('dry write')
    expect(code).toBe(0)
  })

  test('nothing is left behind on the server', async () => {
    const { findings } = await examine({ iss: iss() }, EHR_ENV)
    expect(findings.find(({ check }) => check === 'dry write')!.verdict).toBe('ok')
    const server = await connect({ url: iss(), flag: '--iss' }, { env: EHR_ENV, now: () => new Date() })
    expect(await server.searchAll('Observation', {})).toEqual([])
  })

  test('a client that is not registered, a redirect that is not, an issuer that is not allowed: each with its fix; 3', async () => {
    const site = file('bad.json', { allowedIssuers: ['https://other.example'] })
    const { code, of } = await examine({ iss: iss(), site, appUrl: `${origin}/elsewhere.html` }, { ...EHR_ENV, KIZUNA_CLIENT_ID: 'nobody' })
    expect([of('login')!.verdict, of('registration')!.verdict, of('issuer')!.verdict, code]).toEqual(['fail', 'fail', 'fail', 3])
    expect(of('login')!.fix).toContain('jwks.json')
    expect(of('registration')!.fix).toContain('elsewhere.html')
    expect(of('read')!.verdict).toBe('skipped')
  })

  test('kizuna token --iss: a token of the hospital, or what to do', async () => {
    const out = new PassThrough()
    const shell = (env: NodeJS.ProcessEnv) => ({ out, env, now: () => new Date() }) as unknown as Shell
    const order = { scope: 'system/Patient.r', url: '', iss: iss() }
    expect(await token([], order, shell(EHR_ENV))).toBe(0)
    expect((await ehr.verify(`Bearer ${String(out.read()).trim()}`)).scope).toBe('system/Patient.r')
    await expect(token([], order, shell({}))).rejects.toThrow(/KIZUNA_CLIENT_ID/)
    await expect(token([], { ...order, scope: 'patient/*.rs' }, shell(EHR_ENV))).rejects.toThrow(/invalid_scope.*doctor/)
  })

  test('scopes asked and granted', async () => {
    const tenant = {
      id: 'a',
      fhirBaseUrl: iss(),
      clientId: 'kizuna-service',
      keyFile,
      scopes: 'system/Observation.crus patient/QuestionnaireResponse.rs',
    }
    const { of } = await examine({ iss: iss(), site: file('scopes.json', { tenants: [tenant] }) })
    expect(of('scopes')).toMatchObject({ verdict: 'warn', says: 'not granted: patient/QuestionnaireResponse.rs' })
  })

  test('clocks that are minutes apart', async () => {
    const { of } = await examine({ iss: iss() }, {}, () => new Date(Date.now() + 120_000))
    expect(of('clock')).toMatchObject({ verdict: 'fail', says: expect.stringMatching(/our clock is 1(19|20|21) s ahead/) })
  })

  test('a key file that is none', async () => {
    const { of, text } = await examine({ iss: iss() }, { ...EHR_ENV, KIZUNA_KEY_FILE: file('none.json', { d: 'secret' }) })
    expect(of('login')!.verdict).toBe('fail')
    expect(text).not.toContain('secret')
  })
})

describe('what servers do wrong', () => {
  const HOST = 'https://ehr.example'
  const FHIR = { 'content-type': 'application/fhir+json' }
  const statement = (more: object = {}) => ({
    resourceType: 'CapabilityStatement',
    fhirVersion: '4.0.1',
    rest: [
      {
        mode: 'server',
        interaction: [{ code: 'transaction' }],
        resource: ['Observation', 'RiskAssessment', 'Provenance', 'QuestionnaireResponse'].map((type) => ({
          type,
          conditionalCreate: true,
          ...more,
        })),
      },
    ],
  })
  const configuration = { token_endpoint: `${HOST}/token`, grant_types_supported: ['client_credentials'], jwks_uri: `${HOST}/jwks` }
  beforeEach(() => nock.disableNetConnect())
  afterEach(() => {
    nock.cleanAll()
    nock.enableNetConnect()
  })
  const found = (smart: object = configuration) => {
    nock(HOST)
      .get('/fhir/metadata')
      .times(2)
      .reply(200, statement(), FHIR)
      .get('/fhir/.well-known/smart-configuration')
      .times(2)
      .reply(200, smart)
    nock(HOST)
      .get('/jwks')
      .reply(200, { keys: [{}] })
  }

  test.each([
    ['HTML', () => nock(HOST).get('/fhir/metadata').reply(200, '<html>Log in</html>'), 'answered 200 without a CapabilityStatement'],
    ['401', () => nock(HOST).get('/fhir/metadata').reply(401), 'answered 401'],
    ['half an answer', () => nock(HOST).get('/fhir/metadata').reply(200, '{"resourceType":"Capab', FHIR), 'without a CapabilityStatement'],
    [
      'a redirect',
      () => nock(HOST).get('/fhir/metadata').reply(301, '', { location: 'https://new.example/fhir/metadata' }),
      'another address',
    ],
    ['no answer', () => nock(HOST).get('/fhir/metadata').replyWithError('ECONNREFUSED'), 'nothing answers'],
  ])('%s instead of metadata', async (_name, arrange, says) => {
    arrange()
    const { of, code } = await examine({})
    expect([of('address')!.verdict, of('address')!.says, code]).toEqual(['fail', expect.stringContaining(says), 3])
  })

  test('another version, a name of its own, less than is needed', async () => {
    const said = {
      ...statement({ conditionalCreate: false, searchParam: [{ name: 'subject' }] }),
      fhirVersion: '5.0.0',
      implementation: { url: 'https://inner.example/r4' },
    }
    nock(HOST).get('/fhir/metadata').reply(200, said, FHIR)
    const { of } = await examine({})
    expect(['version', 'name', 'conditional create', 'search'].map((check) => of(check)!.verdict)).toEqual(['fail', 'warn', 'warn', 'fail'])
    expect(of('discovery')!.verdict).toBe('fail')
  })

  test.each([
    [
      '401 with a reason',
      401,
      { error: 'invalid_client', error_description: 'unknown kid' },
      'invalid_client): unknown kid',
      'registration',
    ],
    ['400 for a scope', 400, { error: 'invalid_scope' }, 'invalid_scope', 'Set scopes'],
    ['HTML', 403, '<html>', 'answered 403', 'log of the authorization server'],
    ['500', 500, '', 'answered 500', 'log of the authorization server'],
    ['429', 429, '', 'answered 429', 'log of the authorization server'],
  ])('the token endpoint: %s', async (_name, status, body, says, fix) => {
    found()
    nock(HOST).post('/token').reply(status, body)
    const { of } = await examine({}, { KIZUNA_CLIENT_ID: 'kizuna', KIZUNA_KEY_FILE: await newKey() })
    expect(of('login')).toMatchObject({ verdict: 'fail', says: expect.stringContaining(says), fix: expect.stringContaining(fix) })
  })

  test('a key that the server cannot check, and no client_credentials', async () => {
    found({ ...configuration, grant_types_supported: ['authorization_code'], token_endpoint_auth_signing_alg_values_supported: ['RS384'] })
    nock(HOST).post('/token').reply(400, { error: 'unauthorized_client' })
    const { of } = await examine({}, { KIZUNA_CLIENT_ID: 'kizuna', KIZUNA_KEY_FILE: await newKey() })
    expect(of('offer')!.says).toBe('the server does not offer client_credentials, ES384')
  })

  test.each([
    [403, 'fail', 'scopes'],
    [401, 'fail', 'not accepted'],
    [503, 'fail', 'try again later'],
  ])(
    'a search that is answered %i',
    async (status, verdict, fix) => {
      found()
      nock(HOST).get('/fhir/QuestionnaireResponse?_count=1').times(4).reply(status, '', { 'retry-after': '0' })
      nock(HOST).post('/fhir/Observation/$validate').reply(404)
      nock(HOST).post('/fhir').reply(422)
      const token = join(folder, 'token')
      writeFileSync(token, 'secret-token')
      const { of, text } = await examine({ token })
      expect([of('read')!.verdict, of('read')!.fix]).toEqual([verdict, expect.stringContaining(fix)])
      expect(['dry write', 'empty transaction'].map((check) => of(check)!.verdict)).toEqual(['skipped', 'skipped'])
      expect(text).not.toContain('secret-token')
    },
    20_000,
  )

  test('a validator that does not know our codes', async () => {
    found()
    nock(HOST).get('/fhir/QuestionnaireResponse?_count=1').reply(200, { resourceType: 'Bundle', type: 'searchset' }, FHIR)
    nock(HOST)
      .post('/fhir/Observation/$validate')
      .reply(
        200,
        { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'code-invalid', diagnostics: 'Unknown code system' }] },
        FHIR,
      )
    nock(HOST).post('/fhir').reply(200, { resourceType: 'Bundle', type: 'transaction-response' }, FHIR)
    const { of } = await examine({ token: file('t', {}) })
    expect(of('dry write')).toMatchObject({
      verdict: 'warn',
      says: expect.stringContaining('Unknown code system'),
      fix: expect.stringContaining('publish'),
    })
  })
})

async function newKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('ES384', { extractable: true })
  return file('key.json', await exportJWK(privateKey))
}

describe('config check', () => {
  test('what is set and sound', async () => {
    const tenant = { id: 'main', fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'kizuna', keyFile: await newKey() }
    const site = file('whole.json', {
      allowedIssuers: [tenant.fhirBaseUrl],
      contacts: [{ name: 'On call', phone: '1' }],
      thresholdPolicy: 'jp9',
      tenants: [tenant],
    })
    const { of } = await checkConfig({ site })
    expect(
      ['environment', 'site file', 'rules', 'contacts', 'thresholdPolicy', 'allowedIssuers', 'tenant main'].map(
        (check) => of(check)!.verdict,
      ),
    ).toEqual(Array(7).fill('ok'))
    expect(of('tenant main')!.says).toContain('ES384')
  })

  test.each([
    ['an unknown setting', { language: 'en', colour: 'red' }, {}, 'site file', 'colour'],
    [
      'a tenant without a client id',
      { tenants: [{ id: 'a', fhirBaseUrl: 'https://a.example' }] },
      {},
      'site file',
      "/tenants/0 must have required property 'clientId'",
    ],
    ['a tenant without a key', { tenants: [{ id: 'a', fhirBaseUrl: 'https://a.example', clientId: 'k' }] }, {}, 'tenant a', 'no key'],
    [
      'a hospital where nobody hears of an immediate result',
      { tenants: [{ id: 'a', fhirBaseUrl: 'https://a.example', clientId: 'k' }] },
      {},
      'alerts',
      'does not start',
    ],
    ['a folder that is not there', { bindings: 'nowhere' }, {}, 'bindings', 'nowhere is not there'],
    ['http to a hospital', { tenants: [{ id: 'a', fhirBaseUrl: 'http://a.example', clientId: 'k' }] }, {}, 'tenant a', 'http'],
    ['a port that is none', {}, { PORT: 'secret' }, 'environment', '/PORT must be integer'],
  ])('%s: by its field; 3', async (_name, site, env, check, says) => {
    const { code, findings, text } = await checkConfig({ site: file('one.json', site) }, env)
    expect(findings.find((one) => one.check === check && one.verdict === 'fail')!.says).toContain(says)
    expect(code).toBe(3)
    expect(text).not.toContain('secret')
  })

  test('what a hospital should not leave unset is said', async () => {
    const { of, code } = await checkConfig({ site: file('bare.json', {}) })
    expect(['contacts', 'onImmediate', 'thresholdPolicy'].map((check) => of(check)!.verdict)).toEqual(['warn', 'warn', 'warn'])
    expect(code).toBe(0)
  })

  test('a Task in nobody’s list, and a folder of packs that is not there yet', async () => {
    const { of, code } = await checkConfig({ site: file('list.json', { onImmediate: { kind: 'task' }, packs: 'later' }) })
    expect(of('onImmediate')).toMatchObject({ verdict: 'warn', says: expect.stringContaining('no owner') })
    expect(of('packs')).toMatchObject({ verdict: 'warn', says: expect.stringContaining('later is not there') })
    expect(code).toBe(0)
  })

  test('what the site wants written must be asked for', async () => {
    const tenant = { id: 'a', fhirBaseUrl: 'https://a.example', clientId: 'k', scopes: 'system/Task.rs system/AuditEvent.c' }
    const site = file('asked.json', { onImmediate: { kind: 'task' }, auditEvents: true, tenants: [tenant] })
    const { findings } = await checkConfig({ site })
    const said = findings.filter(({ check, says }) => check === 'tenant a' && says.includes('no right'))
    expect(said.map(({ fix }) => fix)).toEqual(['Add system/Task.crus, or leave scopes out.'])
  })
})

test('the embedded EHR keeps its key where the test expects it', () => expect(readFileSync(keyFile, 'utf8')).toContain('"kty":"EC"'))
