import { data } from 'virtual:kizuna/data'
import { AssessmentError } from '../errors.ts'
import { createResourceCheck } from '../fhir/check-resource.ts'
import { type Knowledge, type Site, safetyItemsOf } from '../risk/knowledge.ts'
import { checkSitePolicy, ownNumbersText, withSiteNumbers } from '../risk/site-policy.ts'
import { createSafetyIndex } from '../score/safety-answers.ts'
import { inEveryLanguage } from './languages.ts'
import { fetchPacks, withSitePacks } from './site-packs.ts'
import { LANGUAGES } from './words.ts'

/**
 * The same knowledge as in Node, from what the build put in and the site's text packs; the validators come in a chunk of their own. Refuses (`invalid`) a site's numbers that cannot be: nobody is
 * judged by a rule that is not meant.
 */
export async function loadKnowledge(site: Site, page: string = location.href): Promise<Knowledge> {
  const faults = checkSitePolicy(site, data)
  if (faults.length > 0)
    throw new AssessmentError(
      'invalid',
      `The site file is not usable: ${faults.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')}`,
    )
  const [{ validators }, textPacks] = await Promise.all([import('virtual:kizuna/r4'), fetchPacks(site.packs, page)])
  const ownNumbers = ownNumbersText(site)
  const knowledge: Knowledge = {
    ...inEveryLanguage(
      data,
      LANGUAGES.map(({ id }) => id),
    ),
    textPacks: withSitePacks(data.instruments, data.textPacks, textPacks),
    ...(ownNumbers !== undefined && { ownNumbersHash: await sha256(ownNumbers) }),
    site,
    safetyIndex: createSafetyIndex(data.instruments, safetyItemsOf(data.ruleSet), data.bindings),
    check: createResourceCheck(validators),
  }
  return withSiteNumbers(knowledge, site)
}

const sha256 = async (text: string): Promise<string> =>
  Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
