import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type PublishOptions, publish } from '../../src/cli/publish.ts'
import { EXIT, type Shell, UsageError } from '../../src/cli/shell.ts'
import { loadResourceCheck } from '../../src/load-knowledge.ts'
import { loadArtifacts } from '../../src/resources.ts'
import { type FhirServer, startFhirServer, token } from '../sandbox/fhir/fhir-server.ts'

const BASE = 'https://w3id.org/kizuna/fhir'
const TYPES = [...new Set(loadArtifacts().map(({ resourceType }) => resourceType))]
const ALL = loadArtifacts().length
const FORMS = loadArtifacts().filter(({ resourceType }) => resourceType === 'Questionnaire').length
const check = loadResourceCheck()
const folder = mkdtempSync(join(tmpdir(), 'kizuna-publish-'))
const tokenFile = (name: string) => join(folder, name)
let server: FhirServer

beforeAll(() => {
  for (const name of ['all', 'some', 'wrong']) writeFileSync(tokenFile(name), `${name}\n`)
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  server = await startFhirServer({ check, grants: { some: token('system/CodeSystem.cruds system/ValueSet.rs') } })
  return () => server.close()
})

async function run(options: Partial<PublishOptions> = {}, stop = new AbortController()) {
  const out = new PassThrough()
  const shell = { out, stop: stop.signal, env: {}, now: () => new Date() } as unknown as Shell
  const lines: string[] = []
  out.on('data', (text: Buffer) => lines.push(...text.toString().trimEnd().split('\n')))
  const code = await publish([], { to: server.base, token: tokenFile('all'), ...options }, shell)
  return { code, lines, last: lines.at(-1)!, of: (action: string) => lines.slice(0, -1).filter((line) => line.startsWith(`${action} `)) }
}

async function versions(): Promise<Record<string, string>> {
  const all = await Promise.all(TYPES.map((type) => server.call('GET', `/${type}?_count=100`)))
  const found = all.flatMap(
    ({ body }) => (body.entry ?? []) as { resource: { resourceType: string; id: string; meta: { versionId: string } } }[],
  )
  return Object.fromEntries(found.map(({ resource: { resourceType, id, meta } }) => [`${resourceType}/${id}`, meta.versionId]))
}

/** The ETag of everything that is there. */
const etags = (): Promise<(string | null)[]> =>
  Promise.all(loadArtifacts().map(async ({ resourceType, id }) => (await server.call('GET', `/${resourceType}/${id}`)).headers.get('etag')))

const put = (resource: { resourceType: string; id: string }) =>
  server.call('PUT', `/${resource.resourceType}/${resource.id}`, { body: resource })
const read = async (path: string) => (await server.call('GET', `/${path}`)).body

describe('publishing to an empty server', () => {
  test('creates every artifact under its own id, each after those it names; a second run changes nothing', async () => {
    const first = await run()
    expect([first.code, first.of('created').length, first.last]).toEqual([
      EXIT.done,
      ALL,
      `${ALL} artifacts, ${server.base}: ${ALL} created`,
    ])
    const place = (name: string) => first.lines.findIndex((line) => line.includes(` ${name} `))
    expect(place('CodeSystem/answer-epds')).toBeLessThan(place('ValueSet/answer-epds-1'))
    expect(place('Questionnaire/epds')).toBeLessThan(place('PlanDefinition/acog'))
    expect(place('StructureDefinition/proxy')).toBeLessThan(place('StructureDefinition/score-observation'))
    expect(place('ImplementationGuide/kizuna.perinatal')).toBe(ALL - 1)
    const before = await versions()
    expect(Object.keys(before)).toHaveLength(ALL)
    expect(new Set(Object.values(before))).toEqual(new Set(['1']))

    const tags = await etags()
    expect(tags).toEqual(tags.map(() => 'W/"1"'))
    const second = await run()
    expect([second.code, second.of('unchanged').length]).toEqual([EXIT.done, ALL])
    expect(await versions()).toEqual(before)
    expect(await etags()).toEqual(tags)
  })

  test('a dry run writes nothing', async () => {
    const { code, last } = await run({ dryRun: true })
    expect([code, last]).toEqual([EXIT.done, `${ALL} artifacts, ${server.base}: ${ALL} would create`])
    expect(await versions()).toEqual({})
  })

  test('stopped midway, the next run continues', async () => {
    const stop = new AbortController()
    const out = new PassThrough()
    out.on('data', (text: Buffer) => text.includes('CodeSystem/answer-pbq') && stop.abort())
    const shell = { out, stop: stop.signal, env: {}, now: () => new Date() } as unknown as Shell
    expect(await publish([], { to: `${server.base}/`, token: tokenFile('all') }, shell)).toBe(EXIT.interrupted)
    const had = Object.keys(await versions()).length
    expect(had).toBeGreaterThan(0)
    expect(had).toBeLessThan(ALL)
    const rest = await run()
    expect([rest.of('unchanged').length, rest.of('created').length]).toEqual([had, ALL - had])
  })
})

describe('what stands there already', () => {
  test('ours, changed: the dry run says where, the run puts it right in the version that was read', async () => {
    await run()
    const library = await read('Library/perinatal')
    await put({ ...library, title: 'Rules', description: undefined, usage: 'None', meta: undefined })
    const dry = await run({ dryRun: true })
    const at = dry.lines.findIndex((line) => line.startsWith('would update Library/perinatal 1.0.0'))
    expect(dry.lines.slice(at + 1, at + 4).toSorted()).toEqual([
      expect.stringMatching(/^ {2}\+ description: "Cut-offs and course/),
      '  - usage: "None"',
      '  ~ title: "Rules" -> "Kizuna perinatal rules"',
    ])
    expect((await versions())['Library/perinatal']).toBe('2')
    const run2 = await run()
    expect(run2.of('updated')).toEqual(['updated   Library/perinatal 1.0.0 (version 3 there)'])
    expect(await read('Library/perinatal')).toMatchObject({ title: 'Kizuna perinatal rules' })
  })

  test("another publisher's artifact of the same url, in whatever version, is never touched", async () => {
    const theirs = {
      resourceType: 'CodeSystem',
      id: 'theirs',
      url: `${BASE}/CodeSystem/tier`,
      version: '0.9.0',
      publisher: 'Somebody',
      status: 'active',
      content: 'fragment',
    }
    await put(theirs)
    const { code, of } = await run()
    expect(code).toBe(EXIT.refused)
    expect(of('refused')[0]).toBe('refused   CodeSystem/tier 1.0.0: CodeSystem/theirs has this url and is published by Somebody')
    expect(await versions()).toMatchObject({ 'CodeSystem/theirs': '1' })
    expect(await versions()).not.toHaveProperty('CodeSystem/tier')
    // The guide names it: a server that keeps references whole refuses the guide, and says why.
    expect(of('refused').slice(1)).toEqual([expect.stringContaining('ImplementationGuide/kizuna.perinatal')])
    expect(of('created')).toHaveLength(ALL - 2)
  })

  test('an older version of ours stays, and something else at our id too: the new one gets an id of its own, once', async () => {
    const questionnaire = loadArtifacts().find(({ resourceType, id }) => resourceType === 'Questionnaire' && id === 'epds')
    await put({ ...questionnaire, version: '0.9.0' } as never)
    await put({ resourceType: 'Library', id: 'perinatal', status: 'draft', type: { text: 'another' } } as never)
    const first = await run()
    expect([first.code, first.of('created').length]).toEqual([EXIT.done, ALL])
    expect(await read('Questionnaire/epds')).toMatchObject({ version: '0.9.0', meta: { versionId: '1' } })
    expect((await read('Library/perinatal')).type.text).toBe('another')
    const found = (await read(`Questionnaire?url=${BASE}/Questionnaire/epds&version=1.0.0`)).entry
    expect(found).toHaveLength(1)
    const named = (await read('ImplementationGuide/kizuna.perinatal')).definition.resource.map(
      (one: { reference: { reference: string } }) => one.reference.reference,
    )
    expect(named).toContain(`Questionnaire/${found[0].resource.id}`)
    const second = await run()
    expect([second.code, second.of('unchanged').length]).toEqual([EXIT.done, ALL])
  })

  test('an ObservationDefinition that is not ours at our id is refused; one version twice too', async () => {
    await put({ resourceType: 'ObservationDefinition', id: 'epds-total', code: { text: 'theirs' } } as never)
    const map = loadArtifacts().find(({ resourceType }) => resourceType === 'ConceptMap')
    for (const id of ['a', 'b']) await put({ ...map, id } as never)
    const { code, of } = await run({ dryRun: true })
    expect(code).toBe(EXIT.refused)
    expect(of('refused').map((line) => line.replace(/ +/g, ' '))).toEqual([
      'refused ConceptMap/score-to-loinc 1.0.0: this version stands there more than once: ConceptMap/a, ConceptMap/b',
      'refused ObservationDefinition/epds-total: another definition stands at ObservationDefinition/epds-total',
    ])
  })
})

describe('dialects', () => {
  test('published in one, it stays in it until another is named', async () => {
    const first = await run({ dialect: 'lforms' })
    expect([first.code, first.of('created').length]).toEqual([EXIT.done, ALL])
    const form = await read('Questionnaire/epds')
    expect(form.meta.tag).toContainEqual({ system: `${BASE}/CodeSystem/dialect`, code: 'lforms' })
    const before = await etags()
    expect((await run({ dialect: 'lforms' })).of('unchanged')).toHaveLength(ALL)

    const unasked = await run()
    expect(unasked.code).toBe(EXIT.refused)
    expect(unasked.of('refused')).toHaveLength(FORMS)
    expect(unasked.of('refused')[0]).toMatch(/stands there in the dialect lforms: name --dialect lforms, or --dialect sdc4/)
    expect(await etags()).toEqual(before)

    const asked = await run({ dialect: 'sdc4' })
    expect([asked.code, asked.of('updated').length]).toEqual([EXIT.done, FORMS])
    expect((await read('Questionnaire/epds')).meta.tag.map(({ code }: { code: string }) => code)).toEqual(['caption'])
  })

  test('one that is none: told which there are', async () => {
    await expect(run({ dialect: 'hl7' })).rejects.toThrow(/Known are sdc4, sdc3, lforms, smart-forms, plain/)
  })
})

describe('what a server does not let us do', () => {
  test('a token for some types: those are published, all others refused with the reason', async () => {
    const { code, of } = await run({ token: tokenFile('some') })
    expect(code).toBe(EXIT.refused)
    expect(of('created').every((line) => line.includes(' CodeSystem/'))).toBe(true)
    expect(of('created')).toHaveLength(loadArtifacts().filter(({ resourceType }) => resourceType === 'CodeSystem').length)
    expect(of('refused')[0]).toMatch(/answered 403/)
  })

  test.each<[string, Partial<PublishOptions>, RegExp]>([
    ['no url', { to: 'ehr/fhir' }, /--to takes the base URL/],
    ['no token file', { token: '/nowhere' }, /--token takes a file/],
    ['nothing there', { to: 'http://127.0.0.1:9/fhir' }, /metadata cannot be read/],
  ])('%s: told what to do', async (_, options, message) => {
    const failed = run(options)
    await expect(failed).rejects.toThrow(UsageError)
    await expect(failed).rejects.toThrow(message)
  })

  test('a wrong token: told what to do', async () => {
    await expect(run({ token: tokenFile('wrong') })).rejects.toThrow(/does not accept our token/)
  })

  test('a server that chooses ids itself: created there once, on condition, the guide following; found again', async () => {
    const other = await serverOfItsOwnIds()
    const first = await run({ to: other.base })
    expect([first.code, first.of('created').length]).toEqual([EXIT.refused, ALL - 11])
    expect(first.of('created')[0]).toMatch(/ as [A-Z][A-Za-z]+\/\d+$/)
    expect(first.of('refused').every((line) => line.includes('ObservationDefinition/'))).toBe(true)
    const guide = other.held.find(({ resourceType }) => resourceType === 'ImplementationGuide')!
    const own = other.held.find(({ resourceType, url }) => resourceType === 'Questionnaire' && url?.endsWith('/epds'))!
    expect(JSON.stringify(guide)).toContain(`"Questionnaire/${own.id}"`)
    const second = await run({ to: other.base })
    expect(second.of('unchanged')).toHaveLength(ALL - 11)
    expect(other.held).toHaveLength(ALL - 11)
    const dry = await run({ to: other.base, dryRun: true })
    expect(dry.of('unchanged')).toHaveLength(ALL - 11)
    other.close()
  })

  test('a server that keeps failing ends the run; what the next run does is said', async () => {
    const failing = await listen((req, res) => {
      res.statusCode = req.url === '/metadata' ? 200 : 503
      res.setHeader('retry-after', '0')
      res.end(JSON.stringify({ resourceType: 'CapabilityStatement' }))
    })
    await expect(run({ to: failing.base })).rejects.toThrow(/keeps failing: .*(503|is down).*continues where it stopped/)
    failing.close()
  })

  test('a type that the server does not hold is named and passed over', async () => {
    const asked: string[] = []
    const small = await listen((req, res) => {
      asked.push(req.url!)
      const statement = { resourceType: 'CapabilityStatement', rest: [{ mode: 'server', resource: [{ type: 'Library' }] }] }
      res.end(JSON.stringify(req.url === '/metadata' ? statement : { resourceType: 'Bundle', type: 'searchset' }))
    })
    const { code, of } = await run({ to: small.base, dryRun: true })
    small.close()
    expect([code, of('refused').length]).toEqual([EXIT.refused, ALL - 1])
    expect(of('refused')[0]).toMatch(/: the server does not hold [A-Z]/)
    expect(asked.filter((url) => !/^\/(metadata|Library)/.test(url))).toEqual([])
  })
})

async function listen(answer: RequestListener) {
  const listening = createServer(answer)
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  return { base: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`, close: () => listening.close() }
}

type Held = { resourceType: string; id: string; url?: string }

/** No create by PUT; search by url; conditional create. */
async function serverOfItsOwnIds() {
  const held: Held[] = []
  const answer = (method: string, path: string, body: Held, condition: URLSearchParams): [status: number, body: object] => {
    const { pathname, searchParams } = new URL(path, 'http://host')
    const [type, id] = pathname.slice(1).split('/')
    const byUrl = (url: string | null) => held.filter((one) => one.resourceType === type && one.url === url)
    if (type === 'metadata') return [200, { resourceType: 'CapabilityStatement' }]
    if (method === 'PUT') return [405, { resourceType: 'OperationOutcome' }]
    if (method === 'GET' && id !== undefined) return [404, { resourceType: 'OperationOutcome' }]
    if (method === 'GET') return [200, { resourceType: 'Bundle', entry: byUrl(searchParams.get('url')).map((resource) => ({ resource })) }]
    const [existing] = byUrl(condition.get('url'))
    if (existing) return [200, existing]
    held.push({ ...body, id: `${held.length + 1}` })
    return [201, held.at(-1)!]
  }
  const listening = await listen(async (req, res) => {
    const text = Buffer.concat(await Array.fromAsync(req as AsyncIterable<Buffer>)).toString()
    const condition = new URLSearchParams(String(req.headers['if-none-exist'] ?? ''))
    const [status, body] = answer(req.method!, req.url!, text === '' ? ({} as Held) : JSON.parse(text), condition)
    res.statusCode = status
    res.end(JSON.stringify(body))
  })
  return { ...listening, held }
}
