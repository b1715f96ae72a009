import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of a Chromium, or why there is none. */
    chromium: { path: string } | { missing: string }
  }
}

const PLACES = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]

const isThere = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const find = (): string | undefined =>
  [...PLACES, chromium.executablePath()].find((path) => path !== undefined && path !== '' && isThere(path))

const succeeds = (command: string, ...words: string[]): boolean => {
  try {
    execFileSync(command, words, { stdio: 'ignore', timeout: 600_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
    return true
  } catch {
    return false
  }
}

/** From Debian where we may install packages (with a font that shows Japanese), else Playwright's own build where the network allows. */
function install(): void {
  const asRoot = process.getuid?.() === 0 && succeeds('apt-get', 'update', '-qq')
  if (asRoot && succeeds('apt-get', 'install', '-y', '-qq', 'chromium', 'fonts-noto-cjk')) return
  succeeds('node_modules/.bin/playwright-core', 'install', 'chromium')
}

/** Finds a Chromium before any test runs, or installs one. Without one the browser tests are skipped and say so; in CI they fail. */
export default function setup(project: TestProject): void {
  if (find() === undefined) install()
  const path = find()
  if (path === undefined && process.env.CI)
    throw new Error('No Chromium, and none could be installed: the browser tests cannot run. Set CHROMIUM_PATH.')
  project.provide('chromium', path === undefined ? { missing: 'no Chromium found or installable; set CHROMIUM_PATH' } : { path })
}
