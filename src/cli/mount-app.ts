import { join } from 'node:path'
import express, { type Express } from 'express'
import { RESOURCES } from '../resources.ts'
import type { Site } from '../risk/knowledge.ts'

const APP = join(RESOURCES, '..', 'dist', 'app')

/** What the app is told besides the site file, where it is served from here. */
interface AppHosting {
  readonly clientId: string
  readonly allowedIssuers: readonly string[]
  readonly sandbox: boolean
  /** Who may show the app in a frame where the site file does not say. */
  readonly frameAncestors: readonly string[]
}

/**
 * Serves the built app, `site.json` (without the names of folders on this machine) and the site's text packs. Who may frame it is said by a header, for a page cannot say that itself: whoever serves the app from
 * elsewhere sends the same.
 */
export function mountApp(app: Express, site: Site, { frameAncestors, ...told }: AppHosting): void {
  const { instruments: _instruments, bindings: _bindings, packs, ...open } = site
  app.get('/site.json', (_req, res) => {
    res.set('Cache-Control', 'no-cache').json({ ...open, ...(packs !== undefined && { packs: 'packs' }), ...told })
  })
  if (packs !== undefined)
    app.use('/packs', express.static(packs, { index: false, setHeaders: (res) => res.set('Cache-Control', 'no-cache') }))
  const headers = {
    'Content-Security-Policy': `frame-ancestors ${(site.frameAncestors ?? frameAncestors).join(' ') || "'none'"}`,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-cache',
  }
  // What lies in assets has the hash of its content in its name.
  app.use(
    '/assets',
    express.static(join(APP, 'assets'), {
      index: false,
      immutable: true,
      maxAge: '1y',
      setHeaders: (res) => res.setHeader('X-Content-Type-Options', 'nosniff'),
    }),
  )
  app.use(express.static(APP, { index: false, setHeaders: (res) => res.setHeaders(new Headers(headers)) }))
  app.get('/smart-launch.html', (_req, res) => {
    res.status(503).type('text/plain').send('The app is not built yet: run `npm run prepare`, then reload.\n')
  })
}
