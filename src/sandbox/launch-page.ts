import { createHash } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import type { Language } from '../instrument/instrument.ts'
import { readResource } from '../resources.ts'
import { STYLE } from './launch-page-style.ts'
import { courseText, type PageWords } from './launch-page-words.ts'
import { encounterIdOf } from './mothers.ts'
import { OTHER_LAUNCHES } from './other-launches.ts'
import { launchLink } from './smart/launch.ts'
import { escapeHtml } from './smart/page.ts'
import type { Stories, Story, StoryName } from './story.ts'
import { ageOn, daysBetween, nameText, stageOf } from './story-day.ts'

export interface LaunchPageOptions {
  readonly stories: Stories
  /** Where everything is mounted, without a slash at the end. */
  readonly baseUrl: string
  /** The day from which each mother's story was told, by her id: it is past where the data were kept. */
  readonly toldOn: ReadonlyMap<string, string>
  /** `YYYY-MM-DD`. */
  readonly today: () => string
}

interface View {
  readonly words: PageWords
  readonly language: Language
  readonly options: LaunchPageOptions
}

const ICON = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="none" stroke="#5563c1" stroke-width="2"><circle cx="6" cy="8" r="4"/><circle cx="10" cy="8" r="4"/></g></svg>')}`

/** Nothing runs, nothing is fetched, nothing is sent. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * `GET /`: the synthetic mothers, each with a plain link that opens the app in her chart, in English or Japanese (`?lang=`, else as the browser asks).
 * It tells what each chart shows, and no tier: that is for the app to say.
 */
export function createLaunchPage(options: LaunchPageOptions): RequestHandler {
  const words = readResource<Readonly<Record<Language, PageWords>>>('sandbox', 'launch-page.json')
  return (req, res) => {
    const language = languageOf(req)
    res.set({
      'Content-Security-Policy': POLICY,
      'Cache-Control': 'no-cache',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      Vary: 'Accept-Language',
    })
    res.type('html').send(pageOf({ words: words[language], language, options }))
  }
}

function languageOf(req: Request): Language {
  const { lang } = req.query
  if (lang === 'ja' || lang === 'en') return lang
  return req.acceptsLanguages('en', 'ja') === 'ja' ? 'ja' : 'en'
}

function pageOf(view: View): string {
  const { words, language, options } = view
  const { mothers } = options.stories
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><link rel="icon" href="${ICON}">
<title>${words.title}</title><style>${STYLE}</style></head>
<body><header><h1>${words.title}</h1>${otherLanguageLink(language)}</header>
<main><p>${words.lead}</p>
<h2>${words.charts}</h2><p>${words.how}</p>
<ul class="women">
${mothers.map((story) => motherEntry(view, story)).join('\n')}
</ul>
<ul class="links"><li><a href="rules.${language}.html">${words.rules}</a></li></ul>
${standaloneSection(view)}${otherLaunchesSection(view)}${othersSection(view)}</main></body></html>`
}

const otherLanguageLink = (language: Language): string =>
  language === 'en' ? '<a href="?lang=ja" lang="ja" hreflang="ja">日本語</a>' : '<a href="?lang=en" lang="en" hreflang="en">English</a>'

function motherEntry(view: View, story: Story): string {
  const { words, language } = view
  const names = story.names.map(nameHtml).join(' ')
  const spoken = escapeHtml(nameText(story.names[0]!))
  const herself = `${words.asHerself}: ${spoken}`
  return `<li><div><a class="name" href="${chartLink(view, story)}">${names}</a><p class="where">${whereText(view, story)}</p></div>
<p class="story">${escapeHtml(story.story[language])}</p>
<p class="self"><a href="${chartLink(view, story, `Patient/${story.id}`)}" aria-label="${herself}">${words.asHerself}</a>
<a href="${escapeHtml(cardsLink(view, story))}" aria-label="${words.cards}: ${spoken}">${words.cards}</a></p></li>`
}

const SCRIPT_LANGUAGE = { IDE: 'ja', SYL: 'ja', ABC: 'en' } as const

const nameHtml = (name: StoryName): string =>
  `<bdi${name.script ? ` lang="${SCRIPT_LANGUAGE[name.script]}"` : ''}>${escapeHtml(nameText(name))}</bdi>`

function chartLink({ options: { baseUrl } }: View, { id }: Story, user?: string): string {
  const launch = { patient: id, encounter: encounterIdOf(id), launch_url: appUrl(baseUrl), ...(user !== undefined && { user }) }
  return escapeHtml(launchLink(`${baseUrl}/ehr`, launch))
}

/** What CDS Hooks would show on her chart, before anything is opened. */
const cardsLink = ({ options: { baseUrl } }: View, { id }: Story): string => `${baseUrl}/ehr/cds?${new URLSearchParams({ patient: id })}`

const appUrl = (baseUrl: string): string => `${baseUrl}/smart-launch.html`

function whereText({ words, options: { toldOn, today } }: View, story: Story): string {
  const day = today()
  return courseText(words, ageOn(story.birthDate, day), stageOf(story, daysBetween(toldOn.get(story.id) ?? day, day)))
}

function standaloneSection({ words, options: { baseUrl } }: View): string {
  const address = `${appUrl(baseUrl)}?${new URLSearchParams({ iss: `${baseUrl}/ehr/fhir` })}`
  return `<h2>${words.standalone}</h2><p>${words.standaloneText}</p>
<ul class="links"><li><a href="${escapeHtml(address)}">${words.standaloneLink}</a></li></ul>`
}

function otherLaunchesSection({ words, options: { baseUrl, stories } }: View): string {
  const [first, second] = stories.mothers.map(({ id }) => id)
  const items = OTHER_LAUNCHES.map(({ name, options, frames = 0 }) => {
    const link = new URLSearchParams({ launch_url: appUrl(baseUrl), ...options, patient: first ?? '' })
    if (frames === 2 && second !== undefined) link.append('patient', second)
    const address = `${baseUrl}/ehr/${frames === 0 ? 'launch' : 'frame'}?${link}`
    return `<li><a href="${escapeHtml(address)}">${words[name]}</a></li>`
  })
  return `<h2>${words.otherLaunches}</h2><p>${words.otherLaunchesText}</p><ul class="links">${items.join('')}</ul>`
}

function othersSection({ words, options: { baseUrl, stories } }: View): string {
  const ehr = `${baseUrl}/ehr/fhir`
  const service = `${baseUrl}/fhir`
  const link = (address: string, text: string) => `<li><a href="${escapeHtml(address)}">${text}</a></li>`
  const documentsOf = (base: string) =>
    `<dd><code>${escapeHtml(base)}</code><ul class="links">${link(`${base}/metadata`, words.capabilities)}${link(`${base}/.well-known/smart-configuration`, words.smartConfiguration)}</ul></dd>`
  const command = `TOKEN=$(npx kizuna token --scope 'system/*.rs')
curl -H "Authorization: Bearer $TOKEN" '${ehr}/RiskAssessment?subject=Patient/${stories.mothers[0]?.id ?? ''}&_sort=-date'`
  return `<h2>${words.others}</h2><p>${words.othersText}</p>
<dl><dt>${words.ehrBase}</dt>${documentsOf(ehr)}<dt>${words.serviceBase}</dt>${documentsOf(service)}</dl>
<p>${words.command}</p><pre><code>${escapeHtml(command)}</code></pre>`
}
