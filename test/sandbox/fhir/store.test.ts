import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createStore } from '../../../src/sandbox/fhir/store.ts'
import { observation, patient, startFhirServer } from './fhir-server.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kizuna-store-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a file survives a restart, with versions and search', async () => {
  const file = join(folder, 'restart.db')
  const first = await startFhirServer({ store: createStore({ file }) })
  await first.call('PUT', '/Patient/p', { body: patient('p') })
  await first.call('PUT', '/Observation/o', { body: observation('p', '1', { id: 'o' }) })
  await first.call('PUT', '/Observation/o', { body: observation('p', '2', { id: 'o' }) })
  await first.close()
  first.store.close()
  const second = await startFhirServer({ store: createStore({ file }) })
  expect((await second.call('GET', '/Observation?patient=p&identifier=2')).body.total).toBe(1)
  expect((await second.call('GET', '/Observation/o/_history')).body.total).toBe(2)
  await second.close()
  second.store.close()
})

test('a file indexed under other search parameters is indexed anew', () => {
  const file = join(folder, 'index.db')
  const store = createStore({ file })
  store.put({ type: 'Patient', id: 'p', method: 'PUT', at: 0, resource: patient('p', { gender: 'female' }) })
  store.close()
  const database = new DatabaseSync(file)
  database.exec("DELETE FROM value; UPDATE setting SET content = '{}'")
  database.close()
  const again = createStore({ file })
  expect(again.column({ sql: "SELECT text FROM value WHERE param = 'gender'", values: [] })).toEqual(['female'])
  again.close()
})

test('a file of an unknown layout is refused', () => {
  const file = join(folder, 'layout.db')
  const database = new DatabaseSync(file)
  database.exec('PRAGMA user_version = 99')
  database.close()
  expect(() => createStore({ file })).toThrow('layout 99')
})

test('what throws inside leaves nothing, also from an inner step', () => {
  const store = createStore()
  const write = (id: string) => store.put({ type: 'Patient', id, method: 'PUT', at: 0, resource: patient(id) })
  write('kept')
  expect(() =>
    store.atomically(() => {
      write('kept')
      store.atomically(() => write('lost'))
      throw new Error('stop')
    }),
  ).toThrow('stop')
  expect([store.has('Patient/lost'), store.current('Patient', 'kept')?.version]).toEqual([false, 1])
  store.close()
})

test('killed in the middle of a transaction: what was answered is there, nothing else', async () => {
  const file = join(folder, 'killed.db')
  const child = spawn(process.execPath, [join(import.meta.dirname, 'endless-transaction.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await outputOf(child, 'in the middle')
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  const store = createStore({ file })
  expect(store.column({ sql: 'SELECT ref FROM resource', values: [] })).toEqual(['Patient/p'])
  expect(store.column({ sql: 'SELECT DISTINCT type FROM value', values: [] })).toEqual(['Patient'])
  store.close()
})

const outputOf = (child: ChildProcess, text: string): Promise<void> =>
  new Promise((resolve) => child.stdout?.on('data', (chunk: Buffer) => String(chunk).includes(text) && resolve()))
