import { join } from 'node:path'
import type { InlineConfig } from 'vite'
import { RESOURCES } from '../resources.ts'
import { clinicianHtmlPlugin } from './clinician-html.ts'
import { knowledgePlugin } from './knowledge-plugin.ts'

const ROOT = join(RESOURCES, '..')

/** Where the built app lies: `smart-launch.html` and its `assets/`, to be served from any folder. */
export const APP_FOLDER = join(ROOT, 'dist', 'app')

/** How `smart-launch.html` becomes the app: relative addresses, no inlined data, the validators in a chunk of their own. */
export const appBuild: InlineConfig = {
  root: ROOT,
  base: './',
  configFile: false,
  publicDir: false,
  logLevel: 'error',
  plugins: [knowledgePlugin(), clinicianHtmlPlugin()],
  // fhirclient then leaves out its polyfills for browsers of another age.
  define: { FHIRCLIENT_PURE: 'true' },
  build: {
    outDir: APP_FOLDER,
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: join(ROOT, 'smart-launch.html') },
  },
}
