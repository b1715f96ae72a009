import type { Request, RequestHandler } from 'express'
import { PageError } from './oauth-error.ts'
import { escapeHtml, sendPage } from './page.ts'
import type { PatientEntry, Realm } from './realm.ts'

/** Charts in one window at the most. */
const MOST = 4

/**
 * `GET /ehr/frame`: a page of the hospital's record system with the app in a frame of 900 pixels in its midst, as many EHRs show apps. It takes
 * what `/ehr/launch` takes and hands it on; with `patient` more than once there are as many frames, which then share one browser tab.
 */
export function frameEndpoint(realm: Realm): RequestHandler {
  return async (req, res) => {
    const known = await realm.patients()
    const charts = patientsIn(req).map((id) => known.find((one) => one.id === id))
    if (charts.length === 0 || charts.some((one) => one === undefined)) throw new PageError('There is no such patient here.')
    const body = charts.map((chart) => frameOf(chart!, `launch?${launchQuery(req, chart!.id)}`)).join('')
    sendPage(res, { title: 'Record system (synthetic)', body, frames: true })
  }
}

const patientsIn = ({ query }: Request): string[] => [query.patient ?? []].flat().map(String).slice(0, MOST)

function launchQuery({ query }: Request, patient: string): URLSearchParams {
  const others = Object.entries(query).filter((pair): pair is [string, string] => pair[0] !== 'patient' && typeof pair[1] === 'string')
  return new URLSearchParams([...others, ['patient', patient]])
}

/** The record system shows who it is about itself: so launches from here may say `need_patient_banner=false`. */
const frameOf = ({ id, name, birthDate }: PatientEntry, address: string): string =>
  `<section><h2>${escapeHtml(name)}${birthDate === undefined ? '' : ` <span class="born">born ${escapeHtml(birthDate)}</span>`}</h2>
<iframe src="${escapeHtml(address)}" title="Kizuna: ${escapeHtml(name)}" name="chart-${escapeHtml(id)}" width="900" height="720"></iframe></section>`
