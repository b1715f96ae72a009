import { data } from 'virtual:kizuna/data'
import { createResourceCheck } from '../fhir/check-resource.ts'
import { type Knowledge, type Site, safetyItemsOf } from '../risk/knowledge.ts'
import { createSafetyIndex } from '../score/safety-answers.ts'

/** The same knowledge as in Node, from what the build put in; the validators come in a chunk of their own. */
export async function loadKnowledge(site: Site): Promise<Knowledge> {
  const { validators } = await import('virtual:kizuna/r4')
  return {
    ...data,
    site,
    safetyIndex: createSafetyIndex(data.instruments, safetyItemsOf(data.ruleSet), data.bindings),
    check: createResourceCheck(validators),
  }
}
