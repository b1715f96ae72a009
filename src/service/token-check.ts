import type { RequestHandler, Response } from 'express'
import { type Interaction, parseScopes, type Scope, scopeFor } from '../ehr/scopes.ts'
import type { AccessToken, TokenVerifier } from '../ehr/verify-token.ts'
import { AssessmentError } from '../errors.ts'
import { once } from '../once.ts'

/** Checks the bearer token of a call and keeps what it says for those who come after. Throws `login` or `expired`. */
export function checkToken(verify: TokenVerifier): RequestHandler {
  return async (req, res, next) => {
    res.locals.token = await verify(req.headers.authorization)
    next()
  }
}

/** What the caller's token stands for; `checkToken` has put it there. */
export const tokenOf = (res: Response): AccessToken => res.locals.token as AccessToken

/** A client calls again and again with one token. */
const scopesIn = once(({ scope }: AccessToken) => parseScopes(scope))

type ScopeContext = Scope['context']

/** Lets a call pass whose token may do one of these things to the type. Throws `forbidden` naming the scopes that would do. */
export function requireScope(type: string, interactions: readonly Interaction[], contexts: readonly ScopeContext[]): RequestHandler {
  return (_req, res, next) => {
    const granted = scopesIn(tokenOf(res)).filter(({ context, query }) => contexts.includes(context) && query === undefined)
    if (interactions.some((letter) => scopeFor(granted, type, letter) !== undefined)) return next()
    const wanted = contexts.flatMap((context) => interactions.map((letter) => `${context}/${type}.${letter}`))
    throw new AssessmentError('forbidden', `The token needs the scope ${wanted.join(' or ')}`)
  }
}

/** Scores and tiers are for those who care for her: a token that a mother or a relative was given opens none of them. Throws `forbidden`. */
export const refuseFamily: RequestHandler = (_req, res, next) => {
  if (!/(?:^|\/)(?:Patient|RelatedPerson)\//.test(tokenOf(res).fhirUser ?? '')) return next()
  throw new AssessmentError('forbidden', 'Scores are open to clinicians and services only')
}
