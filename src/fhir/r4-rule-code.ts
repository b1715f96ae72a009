import { _, type Code, type KeywordCxt, type Name } from 'ajv'
import { _Code, getProperty } from 'ajv/dist/compile/codegen/code.js'
import { or } from 'ajv/dist/compile/codegen/index.js'
import type { Rule, TypeSchema } from './r4-keywords.ts'

/** A choice by its base name, and the variable that says which form of it was met; 0 for none. */
export type Chosen = readonly [choice: string, variable: Name]

/** The condition, in JavaScript, under which a rule holds of the element that a keyword looks at. */
export function holdsCode(rule: Rule, cxt: KeywordCxt, chosen: readonly Chosen[]): Code {
  switch (rule[0]) {
    case 'exists':
      return existsCode(rule[1], cxt, chosen)
    case 'not':
      return _`!(${holdsCode(rule[1], cxt, chosen)})`
    case 'and':
      return _`(${holdsCode(rule[1], cxt, chosen)}) && (${holdsCode(rule[2], cxt, chosen)})`
    case 'or':
      return _`(${holdsCode(rule[1], cxt, chosen)}) || (${holdsCode(rule[2], cxt, chosen)})`
    case 'xor':
      return _`(${holdsCode(rule[1], cxt, chosen)}) !== (${holdsCode(rule[2], cxt, chosen)})`
    case 'in':
      return or(...rule[2].map((code) => _`${cxt.data}${getProperty(rule[1])} === ${code}`))
    default:
      return comparisonCode(rule, cxt)
  }
}

function existsCode(name: string, { data, parentSchema }: KeywordCxt, chosen: readonly Chosen[]): Code {
  const choice = chosen.find(([base]) => base === name)
  if (choice) return _`${choice[1]} !== 0`
  const { companions, companionLists } = parentSchema as TypeSchema
  const hasCompanion = companions?.includes(name) || companionLists?.includes(name)
  const present = _`${data}${getProperty(name)} !== undefined`
  return hasCompanion ? or(present, _`${data}${getProperty(`_${name}`)} !== undefined`) : present
}

type Comparison = Extract<Rule, readonly ['=' | '!=' | '<=' | '>=' | '<' | '>', ...unknown[]]>
const OPERATORS = { '=': _`===`, '!=': _`!==`, '<=': _`<=`, '>=': _`>=`, '<': _`<`, '>': _`>` }

function comparisonCode([operator, name, other]: Comparison, { gen, data }: KeywordCxt): Code {
  const left = _`${data}${getProperty(name)}`
  if (typeof other !== 'object') return _`${left} ${OPERATORS[operator]} ${other}`
  const right = _`${data}${getProperty(other.child)}`
  const compare = gen.scopeValue('func', { ref: mayPrecede, code: new _Code(String(mayPrecede)) })
  return operator === '<=' ? _`${compare}(${left}, ${right})` : _`${compare}(${right}, ${left})`
}

/**
 * False only where one date or quantity certainly comes after the other: dates of different precision and quantities of
 * different units cannot be compared. Its text is copied into the generated validators, so it uses nothing from outside.
 */
export function mayPrecede(earlier: unknown, later: unknown): boolean {
  if (typeof earlier === 'string' && typeof later === 'string') {
    const comparable = earlier.length > 10 ? later.length > 10 : earlier.length === later.length
    return !(comparable && Date.parse(earlier) > Date.parse(later))
  }
  const [low, high] = [earlier, later] as { value?: number; unit?: string; system?: string; code?: string }[]
  if (typeof low?.value !== 'number' || typeof high?.value !== 'number') return true
  const sameUnit =
    low.code === undefined && high.code === undefined ? low.unit === high.unit : low.code === high.code && low.system === high.system
  return !(sameUnit && low.value > high.value)
}
