import { randomUUID } from 'node:crypto'
import { type NextFunction, type Request, type Response, Router } from 'express'
import type { ResourceCheck } from '../../fhir/check-resource.ts'
import { operationOutcome } from '../../fhir/operation-outcome.ts'
import { createAccess } from './access.ts'
import { sendOutcome, sendRefusal, sendResource } from './answer.ts'
import { formBodyOf, jsonBodyOf } from './body.ts'
import { createBulkExport } from './bulk-export.ts'
import { runBundle } from './bundle.ts'
import type { Call } from './call.ts'
import { allowAllOrigins } from './cors.ts'
import { execute } from './execute.ts'
import type { Grant } from './grant.ts'
import { type InteractionRequest, interactionOf } from './interaction.ts'
import { buildCapabilityStatement, type OauthUris } from './metadata.ts'
import { preferenceOf } from './preference.ts'
import { refusal } from './refusal.ts'
import type { AnyResource } from './resource.ts'
import type { Store } from './store.ts'

export interface FhirRouterOptions {
  readonly store: Store
  readonly check: ResourceCheck
  /** Whose call it is. Throws `AssessmentError` `login` or `expired` when there is no valid token. */
  readonly grantOf: (req: Request) => Promise<Grant> | Grant
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly newId?: () => string
  /** Refuse references to resources that are not there; on unless switched off. */
  readonly referentialIntegrity?: boolean
  /** What /metadata says of the authorization server, given the FHIR base url. */
  readonly oauthUris?: (base: string) => OauthUris
  /** Answers for `$status` and `$events` of Subscriptions; absent: those are carried out by nobody. */
  readonly operation?: ((path: string) => AnyResource | undefined) | undefined
  /** Hears of faults of our own (500), whose cause the caller is not told. */
  readonly onFault?: (error: unknown) => void
}

/**
 * The FHIR REST API of the embedded EHR, to be mounted at its base path. `/metadata` is open, all else needs a grant, and whatever is
 * read or written is held against its scopes. What lies under `/.well-known` is left to others.
 * @see https://hl7.org/fhir/R4/http.html
 */
export function createFhirRouter(options: FhirRouterOptions): Router {
  const router = Router()
  const answerExport = createBulkExport()
  router.use(allowAllOrigins)
  router.get('/metadata', (req, res) => {
    const base = baseOf(req)
    sendResource(res, 200, buildCapabilityStatement(base, options.oauthUris?.(base)))
  })
  router.use(async (req: Request, res: Response, next: NextFunction) => {
    if (req.path.startsWith('/.well-known/')) return next()
    const grant = await options.grantOf(req)
    const call = callOf(options, req, grant)
    if (answerExport(req, res, call, grant.clientId)) return
    checkAccept(req)
    await answer(req, res, call, options)
  })
  router.use(sendRefusal(options.onFault))
  return router
}

const baseOf = (req: Request): string => `${req.protocol}://${req.get('host')}${req.baseUrl}`

function callOf(
  { store, check, now = Date.now, newId = randomUUID, referentialIntegrity = true }: FhirRouterOptions,
  req: Request,
  grant: Grant,
): Call {
  const scene = { base: baseOf(req), now: now() }
  const access = createAccess(store, grant, scene)
  const { lenient } = preferenceOf(req.get('prefer'))
  return { ...scene, searchable: (type) => access.clause(type, 's'), store, access, check, newId, referentialIntegrity, lenient }
}

/** JSON is all there is: refused (406) is who accepts only something else. */
function checkAccept(req: Request): void {
  const format = new URL(req.url, 'http://host').searchParams.get('_format')
  const isJson = format === null ? req.accepts(['application/fhir+json', 'application/json', 'json']) !== false : /json/.test(format)
  if (!isJson) throw refusal(406, 'not-supported', 'This server answers in application/fhir+json only')
}

async function answer(req: Request, res: Response, call: Call, { operation, check }: FhirRouterOptions): Promise<void> {
  const preference = preferenceOf(req.get('prefer'))
  if (req.path === '/' && req.method === 'POST') {
    return sendResource(res, 200, runBundle(call, await jsonBodyOf(req, res), preference))
  }
  const validated = req.method === 'POST' ? /^\/([A-Z][A-Za-z]+)\/\$validate$/.exec(req.path)?.[1] : undefined
  if (validated !== undefined) {
    call.access.clause(validated, 'c')
    return sendResource(res, 200, operationOutcome(check(await jsonBodyOf(req, res))))
  }
  if (operation && req.path.startsWith('/Subscription/') && req.path.includes('$')) {
    call.access.clause('Subscription', 'r')
    const answered = operation(req.url)
    if (answered) return sendResource(res, 200, answered)
  }
  const interaction = interactionOf(await requestOf(req, res))
  const [outcome] = execute(call, [interaction], (_, work) => work())
  if (outcome) sendOutcome(res, call.base, outcome, preference)
}

async function requestOf(req: Request, res: Response): Promise<InteractionRequest> {
  const search = /^(\/[A-Za-z]+)\/_search$/.exec(req.path)?.[1]
  if (search !== undefined && req.method === 'POST') {
    const query = [await formBodyOf(req, res), new URL(req.url, 'http://host').search.slice(1)].filter((part) => part !== '').join('&')
    return { method: 'GET', url: `${search}?${query}` }
  }
  return {
    method: req.method === 'HEAD' ? 'GET' : req.method,
    url: req.url,
    ...(['POST', 'PUT'].includes(req.method) && { resource: (await jsonBodyOf(req, res)) as AnyResource }),
    ifMatch: req.get('if-match'),
    ifNoneMatch: req.get('if-none-match'),
    ifNoneExist: req.get('if-none-exist'),
  }
}
