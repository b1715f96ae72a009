import type { ComponentChildren } from 'preact'
import type { Option } from './choice.tsx'

interface Checked {
  readonly name: string
  readonly legend: ComponentChildren
  readonly options: readonly Option[]
  readonly values: readonly string[]
  readonly choose: (values: string[]) => void
}

/** One question with any number of answers, kept in the order in which they are offered. */
export function Checks({ name, legend, options, values, choose }: Checked) {
  const toggled = (value: string, checked: boolean): string[] =>
    options.map((one) => one.value).filter((one) => (one === value ? checked : values.includes(one)))
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      {options.map(({ value, label, hint, disabled }) => (
        <label key={value} class={disabled ? 'option off' : 'option'}>
          <input
            type="checkbox"
            name={name}
            value={value}
            checked={values.includes(value)}
            disabled={disabled}
            onChange={({ currentTarget }) => choose(toggled(value, currentTarget.checked))}
          />
          <span>
            {label}
            {hint !== undefined && <span class="hint">{hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  )
}
