import { AssessmentError } from '../../errors.ts'
import { isObject, type JsonObject } from '../../json-object.ts'

/** A call of `patient-view`, as far as it is read. */
export interface HookRequest {
  readonly hookInstance: string
  readonly patientId: string
  /** By key; an absent key and `null` are two things. */
  readonly prefetch: Readonly<Record<string, unknown>>
  readonly fhirServer?: string
  readonly accessToken?: string
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {})
const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Reads the body. Throws `structure` for one that is no call of this hook, naming the field. @see https://cds-hooks.hl7.org/2.0/#http-request_1 */
export function hookRequestOf(body: unknown): HookRequest {
  const { hook, hookInstance, context, prefetch, fhirServer, fhirAuthorization } = objectOf(body)
  const { patientId, userId } = objectOf(context)
  const { access_token: accessToken } = objectOf(fhirAuthorization)
  check(hook === 'patient-view', 'hook')
  check(isText(hookInstance) && hookInstance.length <= 128, 'hookInstance')
  check(isText(patientId) && /^[A-Za-z0-9\-.]{1,64}$/.test(patientId), 'context.patientId')
  check(isText(userId), 'context.userId')
  check(fhirAuthorization === undefined || (isText(fhirServer) && isText(accessToken)), 'fhirAuthorization')
  return {
    hookInstance,
    patientId,
    prefetch: objectOf(prefetch),
    ...(isText(fhirServer) && { fhirServer }),
    ...(isText(accessToken) && { accessToken }),
  }
}

function check(isFine: boolean, field: string): asserts isFine {
  if (!isFine)
    throw new AssessmentError('structure', `The call is no patient-view hook: ${field} is missing or wrong`, { expression: field })
}
