/** Words that a plain sum of weights may be written with, in FHIRPath as SDC forms use it; guards against missing answers among them. */
const WORDS = new Set(
  `resource context questionnaire QuestionnaireResponse item items answer answers value where linkId descendants repeat all
  ordinal weight ordinalValue extension valueDecimal url sum aggregate total this iif exists empty not count and or is in select ofType decimal Decimal Coding`.split(
    /\s+/,
  ),
)

/** Words of a guard, in which an item is named once more than it is added. */
const GUARDS = new Set(['iif', 'exists', 'empty', 'count'])

const READS_WEIGHTS =
  /\b(ordinal|weight|ordinalValue)\b|extension\(\s*'http:\/\/hl7\.org\/fhir\/StructureDefinition\/(ordinalValue|itemWeight)'/
const MOST_VARIABLES = 200

/**
 * The linkIds whose weights an expression adds up; none named means all of the form. `undefined`: it is anything but a sum. A guard on completeness does not matter: we compute
 * a total from all of its items or not at all. Variables (`%a`) are read in their place. Only words of `WORDS`, zero, numbers compared with, and the signs `+ = ( ) , . { } |` may stand in it.
 * @see http://hl7.org/fhir/uv/sdc/behavior.html#calculations
 */
export function summedIn(expression: string, variables: ReadonlyMap<string, string>): string[] | undefined {
  const whole = withVariables(expression, variables)
  if (whole === undefined || !READS_WEIGHTS.test(whole)) return undefined
  const bare = whole.replaceAll(/'[^']*'/g, ' ')
  const words = bare.match(/[A-Za-z_]\w*/g) ?? []
  if (words.some((word) => !WORDS.has(word)) || /[*/\-&<>!~[\]]/.test(bare)) return undefined
  const numbers = bare.replaceAll(/=\s*\d+/g, ' ').match(/\d[\d.]*/g) ?? []
  if (numbers.some((number) => number !== '0')) return undefined
  const named = [...whole.matchAll(/linkId\s*=\s*'([^']+)'/g)].map(([, linkId]) => linkId!)
  const distinct = [...new Set(named)]
  const isGuarded = words.some((word) => GUARDS.has(word))
  return distinct.length < named.length && !isGuarded ? undefined : distinct
}

function withVariables(expression: string, variables: ReadonlyMap<string, string>): string | undefined {
  let whole = expression
  for (let turn = 0; turn < MOST_VARIABLES; turn++) {
    const name = [...whole.matchAll(/%(?:`([^`]+)`|([A-Za-z_]\w*))/g)]
      .map(([, quoted, plain]) => quoted ?? plain!)
      .find((one) => variables.has(one))
    if (name === undefined) return whole.replaceAll(/[%$`]/g, ' ')
    const reference = new RegExp(`%(?:\`${name}\`|${name}\\b)`, 'g')
    whole = whole.replaceAll(reference, () => `(${variables.get(name)!})`)
    if (whole.length > 100_000) return undefined
  }
  return undefined
}
