import type { Plugin } from 'vite'
import type { R4Schema } from '../fhir/r4-keywords.ts'
import { loadBindings, loadInstruments, loadRuleSet, loadSchedules, loadTextPacks, readResource, softwareVersion } from '../resources.ts'
import { buildR4Standalone } from './r4-standalone.ts'

/**
 * What the app cannot read from a disk, as modules made at build time: `virtual:kizuna/data` (instruments, text packs, rule set with
 * its hash, software version) and `virtual:kizuna/r4` (the R4 validators as code, because the app's CSP lets none be made at run time).
 */
export function knowledgePlugin(): Plugin {
  const modules: Record<string, () => string> = { 'virtual:kizuna/data': dataModule, 'virtual:kizuna/r4': r4Module }
  return {
    name: 'kizuna-knowledge',
    resolveId: (id) => (id in modules ? `\0${id}` : undefined),
    load: (id) => (id.startsWith('\0') ? modules[id.slice(1)]?.() : undefined),
  }
}

function dataModule(): string {
  const data = {
    instruments: loadInstruments(),
    bindings: loadBindings(),
    textPacks: loadTextPacks(),
    schedules: loadSchedules(),
    ...loadRuleSet(),
    softwareVersion: softwareVersion(),
  }
  return `export const data = JSON.parse(${JSON.stringify(JSON.stringify(data))})`
}

const r4Module = (): string => buildR4Standalone(readResource<R4Schema>('schemas', 'r4.json'))
