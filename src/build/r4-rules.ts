import type { Rule } from '../fhir/r4-keywords.ts'

const TOKEN = /\s*('(?:[^'\\]|\\.)*'|[A-Za-z%][A-Za-z0-9]*|-?\d+(?:\.\d+)?|!=|<=|>=|[()=<>|.])/y
const UCUM = 'http://unitsofmeasure.org'
const COMPARISONS = ['=', '!=', '<=', '>=', '<', '>'] as const

/** What the parser throws at anything it does not know; nobody outside sees it. */
class Unreadable extends Error {}

/**
 * The rule of one FHIRPath constraint, if it is a proposition about which child elements are there and which codes they
 * hold: `code.empty() or system.exists()`. `undefined` for everything else (paths, functions, %resource), which is left to
 * hand-written invariants. Where FHIRPath would leave a comparison undecided because the element is absent, `=` and `in` are
 * false and `!=` is true. `children` are the names that the element defines, choices without `[x]`.
 * @see https://hl7.org/fhirpath/N1/#operator-precedence
 */
export function ruleOf(expression: string, children: ReadonlySet<string>): Rule | undefined {
  try {
    const tokens = tokensOf(expression.replaceAll(/\.trace\('\w+'\)/g, ''))
    const parser = createParser(tokens, children)
    const rule = parser.implication()
    return tokens.length === 0 ? rule : undefined
  } catch (error) {
    if (error instanceof Unreadable) return undefined
    throw error
  }
}

function tokensOf(expression: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  for (let end = 0; end < expression.trimEnd().length; end = TOKEN.lastIndex) {
    const match = TOKEN.exec(expression)
    if (!match) throw new Unreadable()
    tokens.push(match[1]!)
  }
  return tokens
}

function createParser(tokens: string[], children: ReadonlySet<string>) {
  const take = (token: string): boolean => tokens[0] === token && tokens.shift() !== undefined
  const need = (token: string): void => {
    if (!take(token)) throw new Unreadable()
  }

  const implication = (): Rule => {
    const left = disjunction()
    return take('implies') ? ['or', ['not', left], disjunction()] : left
  }
  const disjunction = (): Rule => {
    let left = conjunction()
    for (let word = tokens[0]; word === 'or' || word === 'xor'; word = tokens[0]) {
      tokens.shift()
      left = [word, left, conjunction()]
    }
    return left
  }
  const conjunction = (): Rule => {
    let left = equality()
    while (take('and')) left = ['and', left, equality()]
    return left
  }
  /** `extension.exists() != value.exists()` compares two propositions; all other comparisons are atoms. */
  const equality = (): Rule => {
    const left = negatable()
    return take('!=') ? ['xor', left, negatable()] : left
  }
  const negatable = (): Rule => {
    let rule = take('(') ? bracketed() : atom()
    while (tokens[0] === '.' && tokens[1] === 'not') {
      tokens.splice(0, 2)
      need('(')
      need(')')
      rule = ['not', rule]
    }
    return rule
  }
  const bracketed = (): Rule => {
    const rule = implication()
    need(')')
    return rule
  }
  const child = (): string => {
    const name = tokens.shift()
    if (name === undefined || !children.has(name)) throw new Unreadable()
    return name
  }
  const atom = (): Rule => {
    const name = child()
    if (take('.')) return presence(name)
    if (take('in')) return ['in', name, list()]
    const operator = COMPARISONS.find((symbol) => symbol === tokens[0])
    if (!operator) throw new Unreadable()
    tokens.shift()
    return children.has(tokens[0]!) ? [operator, name, { child: child() }] : [operator, name, literal()]
  }
  const presence = (name: string): Rule => {
    const word = tokens.shift()
    need('(')
    need(')')
    if (word === 'exists' || word === 'hasValue') return ['exists', name]
    if (word === 'empty') return ['not', ['exists', name]]
    throw new Unreadable()
  }
  const list = (): string[] => {
    need('(')
    const codes = [String(literal())]
    while (take('|')) codes.push(String(literal()))
    need(')')
    return codes
  }
  const literal = (): string | number | boolean => {
    const token = tokens.shift() ?? ''
    if (token === '%ucum') return UCUM
    if (token === 'true' || token === 'false') return token === 'true'
    if (token.startsWith("'")) return token.slice(1, -1)
    if (token !== '' && !Number.isNaN(Number(token))) return Number(token)
    throw new Unreadable()
  }
  return { implication }
}
