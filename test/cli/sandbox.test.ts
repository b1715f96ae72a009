import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Bundle, CapabilityStatement } from 'fhir/r4.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endOf, kizuna, pathOf, startKizuna } from './run-kizuna.ts'

const DATA = pathOf('sandbox-data')
let running: ChildProcessWithoutNullStreams
let base: string
let output = ''

/** Starts one and waits for its first line. */
async function start(...args: string[]): Promise<{ child: ChildProcessWithoutNullStreams; line: string }> {
  const child = startKizuna(['sandbox', '--port', '0', ...args])
  let text = ''
  const line = await new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
  })
  output = text
  return { child, line }
}

beforeAll(async () => {
  const { child, line } = await start('--data', DATA)
  running = child
  base = line
})
afterAll(() => {
  running.kill('SIGKILL')
})

const get = (path: string, token?: string) =>
  fetch(`${base}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })
const tokenFor = async (scope: string, address = base): Promise<string> =>
  (await kizuna(['token', '--scope', scope, '--url', address, '--data', DATA])).out.trim()

test('the first line is the base URL, and everything is there to be opened', async () => {
  expect(base).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(output).toContain('npx kizuna token')
  const open = [
    '/',
    '/fhir/metadata',
    '/ehr/fhir/metadata',
    '/ehr/fhir/.well-known/smart-configuration',
    '/fhir/.well-known/smart-configuration',
    '/site.json',
    '/health/ready',
  ]
  expect(await Promise.all(open.map(async (path) => [path, (await get(path)).status]))).toEqual(open.map((path) => [path, 200]))
})

test('both CapabilityStatements name themselves', async () => {
  for (const path of ['/fhir', '/ehr/fhir']) {
    const { implementation } = (await (await get(`${path}/metadata`)).json()) as CapabilityStatement
    expect(implementation?.url).toBe(`${base}${path}`)
  }
})

test('a token of the command line opens the EHR and the service', async () => {
  const token = await tokenFor('system/*.rs')
  const found = (await (await get('/ehr/fhir/QuestionnaireResponse?_count=1', token)).json()) as Bundle
  expect(found.total).toBeGreaterThan(10)
  const id = found.entry![0]!.resource!.id
  const extracted = await fetch(`${base}/fhir/QuestionnaireResponse/${id}/$extract`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })
  expect(extracted.status).toBe(200)
})

test('a token for nothing that is granted: the reason, and 2', async () => {
  const { code, err } = await kizuna(['token', '--scope', 'patient/*.rs', '--url', base, '--data', DATA])
  expect([code, err]).toEqual([2, expect.stringContaining('No token')])
})

test('another name for this machine gets nothing', async () => {
  const { port } = new URL(base)
  const answer = await new Promise<number>((resolve, reject) => {
    import('node:http').then(({ get: request }) =>
      request({ host: '127.0.0.1', port, headers: { host: 'evil.example' } }, ({ statusCode }) => resolve(statusCode!)).on('error', reject),
    )
  })
  expect(answer).toBe(421)
})

test('a port that is taken: what to do, and 2', async () => {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const ended = await kizuna(['sandbox', '--port', String(port)])
  server.close()
  expect([ended.code, ended.out]).toEqual([2, ''])
  expect(ended.err).toContain(`Port ${port} is taken`)
})

test.each(['http', '-1', '65536', '80.5'])('no port: %s', async (port) => expect((await kizuna(['sandbox', '--port', port])).code).toBe(2))

test('keys and records are readable by nobody else', () => {
  for (const name of ['ehr.sqlite', 'ehr.sqlite-wal', 'access-token.jwk.json', 'kizuna-service.jwk.json'])
    expect(statSync(`${DATA}/${name}`).mode & 0o777, name).toBe(0o600)
})

test('told to stop it ends with 0; started again it holds what it held', async () => {
  const token = await tokenFor('system/*.rs')
  const read = async (address: string) =>
    (
      (await (
        await fetch(`${address}/ehr/fhir/RiskAssessment?_count=1`, { headers: { authorization: `Bearer ${token}` } })
      ).json()) as Bundle
    ).total
  const before = await read(base)
  const ended = endOf(running)
  running.kill('SIGTERM')
  expect((await ended).code).toBe(0)

  const again = await start('--data', DATA)
  running = again.child
  base = again.line
  const fresh = await tokenFor('system/*.rs')
  const found = (await (await get('/ehr/fhir/RiskAssessment?_count=1', fresh)).json()) as Bundle
  expect(before).toBeGreaterThan(10)
  expect(found.total).toBe(before)
})
