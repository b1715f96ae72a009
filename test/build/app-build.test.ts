import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appBuild } from '../../src/build/vite.config.ts'

const folder = mkdtempSync(join(tmpdir(), 'kizuna-app-'))
const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
const scripts = (): string[] => readdirSync(join(folder, 'assets')).filter((file) => file.endsWith('.js'))

beforeAll(async () => {
  await build({ ...appBuild, build: { ...appBuild.build, outDir: folder } })
})
afterAll(() => rmSync(folder, { recursive: true }))

test('the app weighs less than 150 KB gzip without the validator', () => {
  const own = scripts().filter((file) => !file.startsWith('r4-'))
  const bytes = own.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, 'assets', file))).length, 0)
  expect(bytes).toBeLessThan(150_000)
})

test('the policy of the page allows no inline code, no made-up code and no other origin for scripts', () => {
  const page = read('smart-launch.html')
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(page)?.[1] ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self';")
  expect(policy).not.toMatch(/unsafe-|script-src[^;]*https?:/)
  expect(page).not.toMatch(/<script(?![^>]* src=)|<style|\son[a-z]+=|\sstyle=/)
})

test('everything the page loads lies beside it', () => {
  const addresses = [...read('smart-launch.html').matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address)
  expect(addresses.length).toBeGreaterThan(2)
  expect(addresses.filter((address) => !address?.startsWith('./assets/'))).toEqual([])
})

test('no code is made at run time', () => {
  const makers = scripts().filter((file) => /\bnew Function\(|\beval\(/.test(read(join('assets', file))))
  expect(makers).toEqual([])
})
