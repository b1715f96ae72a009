import type { Bundle } from 'fhir/r4.js'

/** Hands a Bundle to the person as a file: what could not be sent is not lost. */
export function downloadBundle(bundle: Bundle, name: string): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(bundle, null, 2)], { type: 'application/fhir+json' }))
  const link = Object.assign(document.createElement('a'), { href: address, download: `${name}.json` })
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
