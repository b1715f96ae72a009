import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Bundle, CapabilityStatement } from 'fhir/r4.js'
import type { FhirServer } from '../sandbox/fhir/fhir-server.ts'

/**
 * A server before the embedded EHR whose conditional creates race, as several servers' do: `If-None-Exist` is looked at some time before the write, and at the
 * same time for all who come together. It takes no ids.
 */
export async function startRacingServer(ehr: FhirServer, window = 300) {
  const server = createServer(async (req, res) => {
    const given = await text(req)
    const body = given === '' ? undefined : (JSON.parse(given) as Bundle)
    const sent = body?.type === 'transaction' ? await judged(body) : body
    const authorization = req.headers.authorization?.replace('Bearer ', '')
    const ifMatch = req.headers['if-match']
    const answer = await ehr.call(req.method!, req.url!, {
      ...(sent && { body: sent }),
      ...(authorization && { token: authorization }),
      ...(ifMatch && { headers: { 'if-match': ifMatch } }),
    })
    const shown = req.url!.endsWith('/metadata') ? withoutIds(answer.body as unknown as CapabilityStatement) : answer.body
    res.writeHead(answer.status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(shown))
  }).listen(0, '127.0.0.1')

  /** Looks whether each is there, waits, and then creates what was not. */
  async function judged(bundle: Bundle): Promise<Bundle> {
    const entry = await Promise.all(
      (bundle.entry ?? []).map(async (one) => {
        const { ifNoneExist, ...request } = one.request!
        if (ifNoneExist === undefined) return one
        const { body } = await ehr.call('GET', `/${request.url}?${ifNoneExist}`)
        return body.total > 0 ? one : { ...one, request }
      }),
    )
    await new Promise((resolve) => setTimeout(resolve, window))
    return { ...bundle, entry }
  }

  await once(server, 'listening')
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const withoutIds = (statement: CapabilityStatement): CapabilityStatement => ({
  ...statement,
  rest: statement.rest!.map((rest) => ({ ...rest, resource: rest.resource!.map((one) => ({ ...one, updateCreate: false })) })),
})
