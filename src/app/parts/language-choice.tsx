import type { Language } from '../../instrument/instrument.ts'
import { LANGUAGES, useSpeech } from '../words.ts'

/** The languages of the screen, each named in itself. */
export function LanguageChoice({ choose }: { readonly choose: (language: Language) => void }) {
  const { say, language } = useSpeech()
  return (
    <fieldset class="languages">
      <legend class="hidden">{say('language.label')}</legend>
      {LANGUAGES.map(({ id, name }) => (
        <button key={id} type="button" lang={id} aria-pressed={id === language} onClick={() => choose(id)}>
          {name}
        </button>
      ))}
    </fieldset>
  )
}
