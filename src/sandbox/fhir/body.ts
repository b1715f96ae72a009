import { type Request, type Response, text } from 'express'
import { refusal } from './refusal.ts'

const LIMIT = '20mb'
const MOST_LEVELS = 100
const readText = text({ type: () => true, limit: LIMIT })

/**
 * The JSON of a request body. Refused: another media type than application/fhir+json or application/json 415, more than 20 MB or
 * 100 levels 413 `too-long`, what is no JSON 400 `structure`.
 */
export async function jsonBodyOf(req: Request, res: Response): Promise<unknown> {
  if (!req.is(['application/fhir+json', 'application/json'])) {
    throw refusal(415, 'not-supported', 'The body must be of the type application/fhir+json')
  }
  const json = parsed(await textBodyOf(req, res))
  if (isDeeperThan(json, MOST_LEVELS)) throw refusal(413, 'too-long', `The body is nested deeper than ${MOST_LEVELS} levels`)
  return json
}

/** The form of `POST [type]/_search`; an empty body is an empty form. */
export async function formBodyOf(req: Request, res: Response): Promise<string> {
  const form = await textBodyOf(req, res)
  if (form !== '' && !req.is('application/x-www-form-urlencoded')) {
    throw refusal(415, 'not-supported', 'A search by POST must be of the type application/x-www-form-urlencoded')
  }
  return form
}

async function textBodyOf(req: Request, res: Response): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    readText(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(unreadable(error))))
  })
  return typeof req.body === 'string' ? req.body : ''
}

function unreadable(error: unknown): unknown {
  const { status } = error as { status?: unknown }
  if (status === 413) return refusal(413, 'too-long', `The body is larger than ${LIMIT}`)
  if (status === 415) return refusal(415, 'not-supported', 'The encoding or charset of the body is not supported')
  return status === 400 ? refusal(400, 'structure', 'The body ended before it was complete') : error
}

/** The message of JSON.parse is not passed on, as it quotes the body. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw refusal(400, 'structure', body === '' ? 'The body is empty' : 'The body is not JSON')
  }
}

/** Without recursion, as the depth is what is in doubt. */
function isDeeperThan(json: unknown, most: number): boolean {
  let level: unknown[] = [json]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true
    level = level.flatMap((node) => (typeof node === 'object' && node !== null ? Object.values(node) : []))
  }
  return false
}
