import type { ComponentChildren } from 'preact'

export interface Option {
  readonly value: string
  readonly label: ComponentChildren
  readonly hint?: string | undefined
  readonly disabled?: boolean
}

interface Choices {
  readonly name: string
  readonly legend: ComponentChildren
  readonly options: readonly Option[]
  readonly value: string | undefined
  readonly choose: (value: string) => void
  /** The language of the options, where it is not the screen's. */
  readonly lang?: string
}

/** One question with one answer: a group of radio buttons in the order given. */
export function Choice({ name, legend, options, value, choose, lang }: Choices) {
  return (
    <fieldset class="choice" lang={lang}>
      <legend>{legend}</legend>
      {options.map(({ value: own, label, hint, disabled }) => (
        <label key={own} class={disabled ? 'option off' : 'option'}>
          <input type="radio" name={name} value={own} checked={own === value} disabled={disabled} onChange={() => choose(own)} />
          <span>
            {label}
            {hint !== undefined && <span class="hint">{hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  )
}
