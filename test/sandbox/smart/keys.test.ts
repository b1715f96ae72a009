import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServerKeys, createServiceKey } from '../../../src/sandbox/smart/keys.ts'

let directory: string
beforeAll(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'kizuna-keys-')), 'data')
})
afterAll(() => rm(join(directory, '..'), { recursive: true }))

test('kept keys are the same after a restart, and readable by nobody else', async () => {
  const first = [await createServerKeys(directory), await createServiceKey(directory)]
  const files = await readdir(directory)
  expect(files.sort()).toEqual(['access-token.jwk.json', 'id-token.jwk.json', 'kizuna-service.jwk.json'])
  await chmod(join(directory, files[0]!), 0o644)
  const second = [await createServerKeys(directory), await createServiceKey(directory)]
  expect(second.map(({ publicKeys }) => publicKeys)).toEqual(first.map(({ publicKeys }) => publicKeys))
  for (const file of files) expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600)
})

test('without a directory every start has new keys', async () => {
  expect((await createServiceKey()).kid).not.toBe((await createServiceKey()).kid)
})

test('a key file that cannot be read is not replaced', async () => {
  const file = join(directory, '..', 'kizuna-service.jwk.json')
  await writeFile(file, 'broken')
  await expect(createServiceKey(join(directory, '..'))).rejects.toThrow()
})
