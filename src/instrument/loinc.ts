/**
 * Whether a LOINC term code (`44249-1`) carries its own Mod 10 check digit. It finds slips of the pen (89049-6, 44261-8),
 * not codes that were never assigned. Answer codes (`LA…`) have another rule and are not judged here.
 * @see https://loinc.org/kb/users-guide/
 */
export function isLoincCode(code: string): boolean {
  const [, body, check] = /^(\d+)-(\d)$/.exec(code) ?? []
  return body !== undefined && checkDigitOf(body) === Number(check)
}

function checkDigitOf(body: string): number {
  const digits = [...body].reverse().map(Number)
  const sum = digits.reduce((total, digit, place) => total + (place % 2 === 0 ? doubled(digit) : digit), 0)
  return (10 - (sum % 10)) % 10
}

const doubled = (digit: number): number => (digit > 4 ? 2 * digit - 9 : 2 * digit)
