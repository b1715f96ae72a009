import { createHash } from 'node:crypto'
import { createResourceCheck, type ResourceCheck } from './fhir/check-resource.ts'
import { compileR4 } from './fhir/compile-r4.ts'
import type { R4Schema } from './fhir/r4-keywords.ts'
import { loadInstalled } from './load-installed.ts'
import { loadRuleSet, loadSchedules, readResource, softwareVersion } from './resources.ts'
import { DEFAULT_SITE, type Knowledge, type Site, safetyItemsOf } from './risk/knowledge.ts'
import { ownNumbersText, withSiteNumbers } from './risk/site-policy.ts'
import { createSafetyIndex } from './score/safety-answers.ts'

/** The R4 check of this process; types are compiled when the first resource of their kind comes. */
export const loadResourceCheck = (): ResourceCheck => createResourceCheck(compileR4(readResource<R4Schema>('schemas', 'r4.json')))

/** Everything that assessments depend on, read from `resources/` once, with the site's numbers in it. */
export function loadKnowledge(site: Site = DEFAULT_SITE, check: ResourceCheck = loadResourceCheck(), ruleSetVersion?: string): Knowledge {
  const { instruments, bindings, textPacks } = loadInstalled(site)
  const { ruleSet, ruleSetHash } = loadRuleSet(ruleSetVersion)
  const ownNumbers = ownNumbersText(site)
  const knowledge: Knowledge = {
    instruments,
    bindings,
    textPacks,
    schedules: loadSchedules(),
    ruleSet,
    ruleSetHash,
    ...(ownNumbers !== undefined && { ownNumbersHash: createHash('sha256').update(ownNumbers).digest('hex') }),
    safetyIndex: createSafetyIndex(instruments, safetyItemsOf(ruleSet), bindings),
    site,
    softwareVersion: softwareVersion(),
    check,
  }
  return withSiteNumbers(knowledge, site)
}
