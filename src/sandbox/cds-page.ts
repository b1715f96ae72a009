import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import type { CdsCalls } from './smart/cds-call.ts'
import { launchLink, MIDWIFE } from './smart/launch.ts'
import { PageError } from './smart/oauth-error.ts'
import { escapeHtml, sendPage } from './smart/page.ts'

interface CdsPageOptions {
  /** Of the process, without a slash at the end: its CDS services are called, and no others. */
  readonly origin: string
  readonly fhirBaseUrl: string
  readonly calls: CdsCalls
}

interface Service {
  readonly id: string
  readonly hook: string
  readonly prefetch?: Readonly<Record<string, string>>
}

interface Card {
  readonly summary: string
  readonly detail?: string
  readonly indicator: string
  readonly links?: readonly { readonly label: string; readonly url: string; readonly appContext?: string }[]
}

/**
 * `GET /ehr/cds?patient=ID`: opens a chart as far as CDS Hooks go: discovery, prefetch (`&prefetch=none` leaves it out, so that the service reads with the token in the
 * call), the signed call, and the cards as an EHR would show them. Nothing is kept.
 * @see https://cds-hooks.hl7.org/2.0/
 */
export function cdsPage(options: CdsPageOptions): RequestHandler {
  return async (req, res) => {
    const { patient, prefetch: wanted } = req.query
    if (typeof patient !== 'string' || !/^[A-Za-z0-9.-]{1,64}$/.test(patient))
      throw new PageError('The address names no patient: add ?patient= and her id.')
    const { services } = (await (await fetch(`${options.origin}/cds-services`)).json()) as { services: Service[] }
    const ours = services.filter(({ hook }) => hook === 'patient-view')
    const bodies = await Promise.all(ours.map((service) => callOf(options, service, patient, wanted !== 'none')))
    const other = wanted === 'none' ? 'all' : 'none'
    const again = `<p><a href="?${escapeHtml(new URLSearchParams({ patient, prefetch: other }).toString())}">Again with prefetch: ${other}</a></p>`
    sendPage(res, { title: 'Cards of the opened chart', body: bodies.join('') + again })
  }
}

async function callOf(options: CdsPageOptions, { id, prefetch: templates = {} }: Service, patient: string, withPrefetch: boolean) {
  const url = `${options.origin}/cds-services/${id}`
  const authorization = await options.calls.authorization(patient)
  const prefetch = withPrefetch ? await prefetched(options, templates, patient, String(authorization.access_token)) : undefined
  const call = {
    hook: 'patient-view',
    hookInstance: randomUUID(),
    context: { userId: MIDWIFE, patientId: patient },
    fhirServer: options.fhirBaseUrl,
    fhirAuthorization: authorization,
    ...(prefetch && { prefetch }),
  }
  const headers = { authorization: `Bearer ${await options.calls.assertion(url)}`, 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(call) })
  const body = (await answer.json()) as { cards?: Card[] }
  const cards = (body.cards ?? []).map((card) => cardHtml(options, patient, card)).join('')
  const nothing = answer.ok ? '<p>The service has nothing to say about this chart.</p>' : ''
  return `<p><code>${escapeHtml(id)}</code> answered ${answer.status}.</p>${cards || nothing}
<details><summary>The answer as JSON</summary><pre>${escapeHtml(JSON.stringify(body, undefined, 2))}</pre></details>`
}

async function prefetched({ fhirBaseUrl }: CdsPageOptions, templates: Readonly<Record<string, string>>, patient: string, token: string) {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/fhir+json' }
  const found = await Promise.all(
    Object.entries(templates).map(async ([key, template]) => {
      const answer = await fetch(`${fhirBaseUrl}/${template.replaceAll('{{context.patientId}}', patient)}&_count=200`, { headers })
      return answer.ok ? [[key, (await answer.json()) as unknown] as const] : []
    }),
  )
  return Object.fromEntries(found.flat())
}

function cardHtml({ fhirBaseUrl }: CdsPageOptions, patient: string, { summary, detail = '', indicator, links = [] }: Card): string {
  const anchors = links.map(({ label, url, appContext }) => {
    const link = { patient, launch_url: url, ...(appContext !== undefined && { app_context: appContext }) }
    return `<li><a href="${escapeHtml(launchLink(fhirBaseUrl.replace(/\/fhir$/, ''), link))}">${escapeHtml(label)}</a></li>`
  })
  return `<article><h2>${escapeHtml(summary)}</h2><p>${escapeHtml(indicator)}</p>${markdownHtml(detail)}<ul>${anchors.join('')}</ul></article>`
}

/** As much of Markdown as cards use: paragraphs, lists, bold. */
function markdownHtml(text: string): string {
  const bold = (line: string): string => escapeHtml(line).replaceAll(/\*\*(.+?)\*\*/g, '<strong>$1</strong>')
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const lines = block.split('\n')
      if (!lines.every((line) => line.startsWith('- '))) return `<p>${bold(block)}</p>`
      return `<ul>${lines.map((line) => `<li>${bold(line.slice(2))}</li>`).join('')}</ul>`
    })
    .join('')
}
