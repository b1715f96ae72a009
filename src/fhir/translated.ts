import type { Element } from 'fhir/r4.js'

const TRANSLATION = 'http://hl7.org/fhir/StructureDefinition/translation'

/** The companion of a primitive whose text stands in another language too. @see https://hl7.org/fhir/R4/extension-translation.html */
export const translatedAs = (lang: string, content: string): Element => ({
  extension: [
    {
      url: TRANSLATION,
      extension: [
        { url: 'lang', valueCode: lang },
        { url: 'content', valueString: content },
      ],
    },
  ],
})

/** The text of a primitive in another language, where its companion has it. */
export function translationIn(companion: Element | undefined, lang: string): string | undefined {
  const found = companion?.extension?.find(
    ({ url, extension = [] }) => url === TRANSLATION && extension.some((part) => part.url === 'lang' && part.valueCode === lang),
  )
  return found?.extension?.find(({ url }) => url === 'content')?.valueString
}
