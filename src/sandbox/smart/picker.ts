import type { RequestHandler, Response } from 'express'
import { sendCode } from './answer-app.ts'
import { checkUser, MIDWIFE } from './launch.ts'
import { PageError } from './oauth-error.ts'
import { escapeHtml, sendPage } from './page.ts'
import { parametersOrPage } from './parameters.ts'
import type { AuthorizationRequest, PatientEntry, Realm } from './realm.ts'

/** The patient picker of a standalone launch: each woman a plain link, opened by the midwife or by herself. */
export async function showPicker(realm: Realm, request: AuthorizationRequest, res: Response): Promise<void> {
  const choice = realm.choices.add(request)
  const entries = (await realm.patients()).map((patient) => entryOf(patient, choice)).join('')
  const body = `<p>${escapeHtml(request.client.name)} asks to open one patient's record.</p><ul>${entries}</ul>`
  sendPage(res, { title: 'Choose a patient', body })
}

/** `GET /patient`: continues the standalone launch with the patient chosen. A choice is made once, within ten minutes. */
export function pickerEndpoint(realm: Realm): RequestHandler {
  return async (req, res) => {
    const { choice = '', patient = '', as } = parametersOrPage(req.query)
    if (!(await realm.patients()).some(({ id }) => id === patient)) throw new PageError('There is no such patient here.')
    const user = as === 'herself' ? `Patient/${patient}` : MIDWIFE
    checkUser(user, patient)
    const request = realm.choices.take(choice)
    if (!request) throw new PageError('This choice has been made already or has expired. Start again from the app.')
    sendCode(realm, request, { patient, user, needPatientBanner: true, fromChart: false }, res)
  }
}

function entryOf({ id, name, birthDate }: PatientEntry, choice: string): string {
  const link = (as?: string): string => `patient?${escapeHtml(new URLSearchParams({ choice, patient: id, ...(as && { as }) }).toString())}`
  const born = birthDate === undefined ? '' : `<span class="born">born ${escapeHtml(birthDate)}</span>`
  const who = escapeHtml(name)
  return `<li><a class="name" href="${link()}">${who} ${born}</a><a href="${link('herself')}" aria-label="as herself: ${who}">as herself</a></li>`
}
