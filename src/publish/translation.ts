import type { Element, Extension } from 'fhir/r4.js'

/** One text in the published language, and the same in others by language. */
export interface Translated {
  readonly text: string
  readonly others: readonly (readonly [language: string, text: string])[]
}

/** The extension-bearing sibling (`_text`, `_title`, `_display`) of a translated primitive; nothing without translations. */
export function translationsOf<Name extends string>(name: Name, { others }: Translated): { [key in Name]?: Element } {
  if (others.length === 0) return {}
  return { [name]: { extension: others.map(translationExtension) } } as { [key in Name]?: Element }
}

/** @see https://hl7.org/fhir/R4/extension-translation.html */
const translationExtension = ([language, text]: Translated['others'][number]): Extension => ({
  url: 'http://hl7.org/fhir/StructureDefinition/translation',
  extension: [
    { url: 'lang', valueCode: language },
    { url: 'content', valueString: text },
  ],
})
