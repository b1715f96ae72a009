/** What may be taken from an EHR's style, and as which of our own variables; everything else in it is passed over. */
const TAKEN = {
  color_background: ['--ground', /^#[0-9a-f]{6}$/i],
  color_text: ['--ink', /^#[0-9a-f]{6}$/i],
  color_highlight: ['--accent', /^#[0-9a-f]{6}$/i],
  dim_font_size: ['font-size', /^(1[4-9]|2[0-4])px$/],
} as const satisfies Record<string, readonly [string, RegExp]>

/** Text that people can read on its ground (WCAG 2.2, 1.4.3). */
const READABLE = 4.5
const LONGEST = 10_000

/**
 * The EHR's colours and text size, as properties of the page: only values of a known shape, and colours only if text remains readable on
 * them. What an EHR calls success or error is not taken: tiers keep their own colours. Anything wrong gives no properties.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#styling
 */
export function propertiesOf(style: unknown, isDark: boolean): Map<string, string> {
  if (typeof style !== 'object' || style === null) return new Map()
  const given = new Map<string, string>(
    Object.entries(TAKEN).flatMap(([key, [property, shape]]) => {
      const value = (style as Record<string, unknown>)[key]
      return typeof value === 'string' && shape.test(value) ? [[property, value] as const] : []
    }),
  )
  const [ground, ink, accent] = [given.get('--ground'), given.get('--ink'), given.get('--accent')]
  const isReadable =
    ground && ink && accent && isGround(ground, isDark) && Math.min(contrast(ground, ink), contrast(ground, accent)) >= READABLE
  if (!isReadable) for (const property of ['--ground', '--ink', '--accent']) given.delete(property)
  else given.set('--on-accent', ground)
  return given
}

/** Fetches and applies the EHR's style; when it cannot be had the app looks as it does by itself. */
export async function applyStyle(address: string, page: Pick<CSSStyleDeclaration, 'setProperty'>): Promise<void> {
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches
  try {
    const answer = await fetch(address, { credentials: 'omit', redirect: 'error', signal: AbortSignal.timeout(5_000) })
    const text = answer.ok ? await answer.text() : ''
    if (text.length > LONGEST) return
    for (const [property, value] of propertiesOf(JSON.parse(text), isDark)) page.setProperty(property, value)
  } catch {
    // A look is not worth a fault.
  }
}

/** Nearly black for a person who wants it dark, else nearly white: the colours that stay ours were chosen for such grounds. */
const isGround = (ground: string, isDark: boolean): boolean => (isDark ? luminance(ground) < 0.02 : luminance(ground) > 0.8)

/** Relative luminance and contrast ratio as WCAG 2.2 defines them. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}
