import express, { type RequestHandler, Router } from 'express'
import { createTokenVerifier, type TokenVerifier } from '../../ehr/verify-token.ts'
import { AssessmentError } from '../../errors.ts'
import { authorizeEndpoint } from './authorize.ts'
import { type CdsCalls, createCdsCalls } from './cds-call.ts'
import { openidConfiguration, STYLE, smartConfiguration } from './configuration.ts'
import { frameEndpoint } from './frame.ts'
import { introspectEndpoint } from './introspect.ts'
import { grantIdOf } from './issue-tokens.ts'
import { launchEndpoint } from './launch.ts'
import { pickerEndpoint } from './picker.ts'
import { createStores, type Realm, type RealmOptions } from './realm.ts'
import { answerErrors, keepPrivate, openToAnyOrigin } from './respond.ts'
import { revokeEndpoint } from './revoke.ts'
import { tokenEndpoint } from './token.ts'

/** The SMART half of the embedded EHR, ready to be mounted. */
export interface Authorization {
  /** Everything below `authBaseUrl`. */
  readonly router: Router
  /** `/launch` and `/frame`: the EHR launch, to be mounted beside it at `/ehr`. */
  readonly launchRouter: Router
  /** `/.well-known/…`: to be mounted at the FHIR base, before the FHIR server. */
  readonly wellKnownRouter: Router
  /** Checks the bearer token of a call to the FHIR server, revoked ones refused. */
  readonly verify: TokenVerifier
  readonly cdsCalls: CdsCalls
}

/**
 * The authorization server of the embedded EHR: EHR and standalone launch, Backend Services. Nobody logs in and no cookie is set.
 * Made once the base URLs are known, so after listening where the system chooses the port.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/
 */
export function createAuthorization(options: RealmOptions): Authorization {
  const realm = createRealm(options)
  return {
    router: authRouter(realm),
    launchRouter: launchRouter(realm),
    wellKnownRouter: wellKnownRouter(realm),
    verify: realm.verify,
    cdsCalls: createCdsCalls(realm),
  }
}

function createRealm(options: RealmOptions): Realm {
  const { now = () => new Date(), tokenLifetime = 900, keys, authBaseUrl, fhirBaseUrl } = options
  const stores = createStores(now, tokenLifetime, options)
  const issuers = [{ issuer: authBaseUrl, jwksUri: () => keys.publicKeys }]
  const check = createTokenVerifier({ issuers, audience: fhirBaseUrl, now, tolerance: 0 })
  const verify: TokenVerifier = async (authorization) => {
    const token = await check(authorization)
    if (stores.revoked.get(grantIdOf(token.tokenId ?? ''))) throw new AssessmentError('login', 'The access token has been revoked')
    return token
  }
  return { ...options, ...stores, now, tokenLifetime, verify }
}

function authRouter(realm: Realm): Router {
  const form = express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 50 })
  const router = Router()
  router.use(keepPrivate)
  router.route('/authorize').get(authorizeEndpoint(realm)).post(form, authorizeEndpoint(realm))
  router.get('/patient', pickerEndpoint(realm))
  router.use(openToAnyOrigin)
  router.post('/token', form, tokenEndpoint(realm))
  router.post('/introspect', form, introspectEndpoint(realm))
  router.post('/revoke', form, revokeEndpoint(realm))
  router.get('/jwks', sendJson(realm.keys.publicKeys))
  router.get('/style.json', sendJson(STYLE))
  router.get('/.well-known/openid-configuration', sendJson(openidConfiguration(realm)))
  return router.use(answerErrors)
}

function launchRouter(realm: Realm): Router {
  const router = Router().use(['/launch', '/frame'], keepPrivate)
  router.get('/launch', launchEndpoint(realm))
  router.get('/frame', frameEndpoint(realm))
  return router.use(answerErrors)
}

function wellKnownRouter(realm: Realm): Router {
  const router = Router().use('/.well-known', openToAnyOrigin)
  router.get('/.well-known/smart-configuration', sendJson(smartConfiguration(realm)))
  return router.get('/.well-known/openid-configuration', sendJson(openidConfiguration(realm)))
}

const sendJson =
  (content: object): RequestHandler =>
  (_req, res) => {
    res.json(content)
  }
