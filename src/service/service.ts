import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import cors from 'cors'
import { type RequestHandler, Router } from 'express'
import helmet from 'helmet'
import type { TokenVerifier } from '../ehr/verify-token.ts'
import { AssessmentError } from '../errors.ts'
import { type Log, NO_LOG } from '../log.ts'
import { type Metrics, NO_METRICS } from '../metrics.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { type Artifacts, readArtifact, searchArtifacts } from './artifacts.ts'
import type { CdsOptions } from './cds/cds-service.ts'
import { receiveFeedback } from './cds/feedback.ts'
import { listCdsServices, patientView } from './cds/patient-view.ts'
import { answerFailure } from './error-handler.ts'
import { extractOperation, extractStoredOperation, type ReadResponse } from './extract.ts'
import { bodyBytes, fhirBody } from './fhir-body.ts'
import { answerLive, answerReady, type HealthChecks } from './health.ts'
import { type Limits, limitCalls, limitRefusals } from './limits.ts'
import { metadata } from './metadata.ts'
import { answerMetrics, mayReadMetrics } from './metrics-route.ts'
import { populateOperation } from './populate.ts'
import { nameRequest } from './request-id.ts'
import { scoreOperation, type WriteResults } from './score.ts'
import { createScorer, type Scorer } from './scoring.ts'
import { checkToken, refuseFamily, requireScope } from './token-check.ts'
import { traceRequest } from './trace.ts'

export interface ServiceOptions {
  readonly knowledge: Knowledge
  /** `…/fhir`, without a slash at the end; as callers see it. */
  readonly baseUrl: string
  /** Checks bearer tokens: issuer, audience, signature, time. */
  readonly verify: TokenVerifier
  readonly artifacts: Artifacts
  /** Where callers get their tokens: the answer of `.well-known/smart-configuration`. */
  readonly smartConfiguration: object
  /** What we sign with when we ask for tokens; authorization servers fetch it. */
  readonly publicKeys?: () => object
  /** Absent: no CDS service is offered. */
  readonly cds?: CdsOptions
  readonly now?: () => Date
  readonly log?: Log
  /** Where bodies of `$score` are scored; absent: here. */
  readonly score?: Scorer
  /** Absent: nothing can be written, nor read by id. */
  readonly writeResults?: WriteResults
  readonly readResponse?: ReadResponse
  /** What must hold for work to be done, by name. */
  readonly checks?: HealthChecks
  readonly metrics?: Metrics
  /** Lets a scraper read `/metrics`; absent: only access tokens with a `system/` scope do. */
  readonly metricsToken?: string
  /** Absent: none, for whoever mounts it behind limits of their own. */
  readonly limits?: Limits
  /** Pages of these origins may call from a browser; none unless named. */
  readonly allowedOrigins?: readonly string[]
}

/**
 * The scoring service: every route it has, to be mounted at the root. `entering` asks for a bearer token; what stands above it without is open.
 * It keeps nothing between two calls.
 */
export function createService(options: ServiceOptions): Router {
  const { knowledge, artifacts, baseUrl, verify, now = () => new Date(), log = NO_LOG } = options
  const { writeResults, readResponse, limits, metrics = NO_METRICS, allowedOrigins = [], score = createScorer(knowledge) } = options
  const { softwareVersion } = knowledge
  const mayScore = [refuseFamily, requireScope('QuestionnaireResponse', ['r', 's'], ['system', 'user'])]
  const mayRead = [refuseFamily, requireScope('QuestionnaireResponse', ['r'], ['system', 'user'])]

  const router = Router()
  router.use(nameRequest(log, now, metrics), traceRequest, secureHeaders, crossOrigin(allowedOrigins))
  router.get('/health/live', answerLive)
  router.get('/health/ready', answerReady(options.checks ?? {}))
  if (limits !== undefined) router.use(limitRefusals(limits))
  const entering = [checkToken(verify), ...(limits === undefined ? [] : [limitCalls(limits)])]
  // Called most by far, so asked first.
  router.post(
    '/fhir/QuestionnaireResponse/$score',
    entering,
    mayScore,
    bodyBytes,
    scoreOperation({ knowledge, score, now, log, metrics, writeResults }),
  )
  router.get('/metrics', mayReadMetrics(verify, options.metricsToken), answerMetrics(metrics))
  router.get(
    '/fhir/metadata',
    metadata({
      baseUrl,
      artifactTypes: artifacts.types,
      softwareVersion,
      cors: allowedOrigins.length > 0,
      date: now().toISOString().slice(0, 10),
    }),
  )
  router.get(
    '/fhir/.well-known/smart-configuration',
    answerJson(() => options.smartConfiguration),
  )
  router.get('/.well-known/jwks.json', (_req, res) => {
    res.set('Cache-Control', 'public, max-age=300').json(options.publicKeys?.() ?? { keys: [] })
  })
  if (options.cds !== undefined) {
    const { cds } = options
    router.get('/cds-services', listCdsServices(knowledge, cds))
    router.post('/cds-services/kizuna-patient-view', fhirBody, patientView(knowledge, now, cds))
    router.post('/cds-services/kizuna-patient-view/feedback', fhirBody, receiveFeedback(cds))
  }

  router.use('/fhir', entering)
  for (const type of artifacts.types) {
    const mayReadArtifact = requireScope(type, ['r', 's'], ['system', 'user', 'patient'])
    router.get(`/fhir/${type}`, mayReadArtifact, searchArtifacts(artifacts, type, baseUrl))
    router.get(`/fhir/${type}/:id`, mayReadArtifact, readArtifact(artifacts, type, baseUrl))
  }
  const mayPopulate = requireScope('Questionnaire', ['r', 's'], ['system', 'user', 'patient'])
  const populate = populateOperation({ knowledge, artifacts, now })
  router.post('/fhir/Questionnaire/$populate', mayPopulate, fhirBody, populate)
  router.post('/fhir/Questionnaire/:id/$populate', mayPopulate, fhirBody, populate)
  router.post('/fhir/QuestionnaireResponse/$extract', mayScore, fhirBody, extractOperation({ knowledge, now }))
  router.post('/fhir/QuestionnaireResponse/:id/$extract', mayRead, extractStoredOperation({ knowledge, now, readResponse }))
  router.use(notFound)
  return router.use(answerFailure(log))
}

/** Nothing that is answered here is a page: whatever a browser makes of it may load nothing and be framed by nobody. */
const SECURITY_HEADERS = headersSetBy(
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] },
    },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  }),
)

const secureHeaders: RequestHandler = (_req, res, next) => {
  for (const [name, value] of SECURITY_HEADERS) res.setHeader(name, value)
  res.removeHeader('X-Powered-By')
  next()
}

/** The headers that a middleware sets on every answer alike, asked for once: helmet is fourteen middlewares, one for each. */
function headersSetBy(middleware: ReturnType<typeof helmet>): readonly (readonly [string, string])[] {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  middleware(response.req, response, () => undefined)
  return Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)])
}

const answerJson =
  (content: () => object): RequestHandler =>
  (_req, res) => {
    res.json(content())
  }

/** No origin named: a browser lets no page read our answers. No cookie is used, so none may travel. Only browsers say where a call is from; to others it says nothing. */
function crossOrigin(origins: readonly string[]): RequestHandler {
  const answer = cors({
    origin: [...origins],
    methods: ['GET', 'POST'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Accept', 'Prefer', 'X-Request-Id', 'traceparent'],
    exposedHeaders: ['Preference-Applied', 'X-Request-Id', 'Retry-After', 'WWW-Authenticate'],
    maxAge: 600,
  })
  return (req, res, next) => {
    if (req.headers.origin !== undefined || req.method === 'OPTIONS') return answer(req, res, next)
    res.setHeader('Vary', 'Origin')
    next()
  }
}

const notFound: RequestHandler = (req) => {
  throw new AssessmentError('not-found', `There is nothing to ${req.method} at this address`)
}
