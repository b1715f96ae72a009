import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Language } from '../instrument/instrument.ts'
import { clinicianPage } from '../publish/clinician-page.ts'
import type { ClinicianWords } from '../publish/rule-in-words.ts'
import { loadInstruments, loadRuleSet, RESOURCES, readResource } from '../resources.ts'

const FOLDER = join(RESOURCES, 'clinician')
const LANGUAGES: readonly Language[] = ['en', 'ja']

/** The clinician's pages by language: the rule set in plain words. */
export function clinicianPages(): Map<Language, string> {
  const words = readResource<Record<Language, ClinicianWords>>('clinician', 'words.json')
  const { ruleSet } = loadRuleSet()
  const instruments = loadInstruments()
  return new Map(
    LANGUAGES.map((language) => {
      const template = readFileSync(join(FOLDER, `template.${language}.md`), 'utf8')
      return [language, clinicianPage({ template, words: words[language], language, ruleSet, instruments })]
    }),
  )
}

export const clinicianPageName = (language: Language): string => `rules.${language}.md`

export function writeClinicianPages(): void {
  for (const [language, text] of clinicianPages()) writeFileSync(join(FOLDER, clinicianPageName(language)), text)
}
