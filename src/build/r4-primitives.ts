const YEAR = String.raw`(?!0000)\d{4}`
const LEAP_YEAR = String.raw`(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][48]|[13579][26]|[2468]0)00)`
const DAY = String.raw`(?:${YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))|${LEAP_YEAR}-02-29)`
const MONTH = `${YEAR}-(?:0[1-9]|1[0-2])`
const CLOCK = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?`
const ZONE = String.raw`(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))`

const text = (pattern: string) => ({ type: 'string', pattern: `^(?:${pattern})$` })
// Java, for which the official pattern was written, counts only ASCII blanks; a Japanese name may hold an ideographic space.
const anyText = text(String.raw`[^\u000b\u000c]+`)

/**
 * The JSON form of each FHIR primitive type. The patterns are the official ones, with three differences: dates follow the
 * calendar, nothing may be empty ("strings SHALL NOT be empty"), and every pattern takes linear time. base64Binary is one plain
 * character class, because a repeated group overflows the stack of the engine on an attachment of some megabytes.
 * @see https://hl7.org/fhir/R4/datatypes.html#primitive
 */
export const PRIMITIVES = {
  boolean: { type: 'boolean' },
  integer: { type: 'integer', minimum: -2147483648, maximum: 2147483647 },
  unsignedInt: { type: 'integer', minimum: 0, maximum: 2147483647 },
  positiveInt: { type: 'integer', minimum: 1, maximum: 2147483647 },
  decimal: { type: 'number' },
  string: anyText,
  markdown: anyText,
  xhtml: anyText,
  code: text(String.raw`\S+(?:\s\S+)*`),
  id: text('[A-Za-z0-9.-]{1,64}'),
  uri: text(String.raw`\S+`),
  url: text(String.raw`\S+`),
  canonical: text(String.raw`\S+`),
  oid: text(String.raw`urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+`),
  uuid: text('urn:uuid:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}'),
  base64Binary: text(String.raw`[0-9A-Za-z+/=\s]+`),
  date: text(`${YEAR}|${MONTH}|${DAY}`),
  dateTime: text(`${YEAR}|${MONTH}|${DAY}(?:T${CLOCK}${ZONE})?`),
  instant: text(`${DAY}T${CLOCK}${ZONE}`),
  time: text(CLOCK),
} as const
