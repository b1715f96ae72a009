import { data } from 'virtual:kizuna/data'
import { createResourceCheck } from '../fhir/check-resource.ts'
import { type Knowledge, type Site, safetyItemsOf } from '../risk/knowledge.ts'
import { checkSitePolicy, ownNumbersText, type SiteFault, withSiteNumbers } from '../risk/site-policy.ts'
import { createSafetyIndex } from '../score/safety-answers.ts'
import { inEveryLanguage } from './languages.ts'
import { LaunchError } from './launch/fault.ts'
import { fetchPacks, withSitePacks } from './site-packs.ts'
import { LANGUAGES } from './words.ts'

/**
 * The same knowledge as in Node, from what the build put in and the site's text packs; the validators come in a chunk of their own. Refuses (`site-file`, the fields named) a site's numbers that cannot be: nobody is
 * judged by a rule that is not meant.
 */
export async function loadKnowledge(site: Site, page: string = location.href): Promise<Knowledge> {
  const faults = siteFaults(site)
  if (faults.length > 0)
    throw new LaunchError('site-file', { detail: faults.map(({ pointer, message }) => `${pointer}: ${message}`).join('; ') })
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

/** Numbers without which nobody is judged or asked as is meant. The schema has been over the file where the service serves it; beside a static page nothing has. */
function siteFaults(site: Site): SiteFault[] {
  const counts = (['tierWindowDays', 'idleMinutes'] as const).flatMap((name) =>
    Number.isFinite(site[name]) && site[name] > 0 ? [] : [{ pointer: `/${name}`, message: 'takes a number above zero' }],
  )
  try {
    return [...counts, ...checkSitePolicy(site, data)]
  } catch {
    return [...counts, { pointer: '/cutOffs, /windows', message: 'have not the form of schemas/site.json' }]
  }
}

const sha256 = async (text: string): Promise<string> =>
  Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
