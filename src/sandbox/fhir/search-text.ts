/** Splits at every `separator` that no backslash escapes; the parts keep their escapes. @see https://hl7.org/fhir/R4/search.html#escaping */
export function splitUnescaped(text: string, separator: ',' | '|'): string[] {
  const parts = ['']
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index)
    const taken = character === '\\' ? character + text.charAt(++index) : character
    if (taken === separator) parts.push('')
    else parts[parts.length - 1] += taken
  }
  return parts
}

/** The value that an escaped part stands for: `\,` `\|` `\$` and `\\` lose their backslash. */
export const unescaped = (text: string): string => text.replace(/\\([,|$\\])/g, '$1')
