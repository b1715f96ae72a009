import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Language } from '../instrument/instrument.ts'
import { clinicianPage } from '../publish/clinician-page.ts'
import type { ClinicianWords } from '../publish/rule-in-words.ts'
import { loadInstruments, loadRuleSet, RESOURCES, readResource } from '../resources.ts'

const FOLDER = join(RESOURCES, 'clinician')
const LANGUAGES: readonly Language[] = ['en', 'ja']

/** The clinician's pages by file name, as they are committed: the rule set in plain words, in each language. */
export function clinicianPages(): Map<string, string> {
  const words = readResource<Record<Language, ClinicianWords>>('clinician', 'words.json')
  const { ruleSet } = loadRuleSet()
  const instruments = loadInstruments()
  return new Map(
    LANGUAGES.map((language) => {
      const template = readFileSync(join(FOLDER, `template.${language}.md`), 'utf8')
      return [`rules.${language}.md`, clinicianPage({ template, words: words[language], language, ruleSet, instruments })]
    }),
  )
}

export function writeClinicianPages(): void {
  for (const [name, text] of clinicianPages()) writeFileSync(join(FOLDER, name), text)
}
