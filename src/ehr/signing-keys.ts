import { type CryptoKey, calculateJwkThumbprint, importJWK, type JSONWebKeySet, type JWK } from 'jose'
import { AssessmentError } from '../errors.ts'

/** What signs one assertion. */
export interface Signer {
  readonly alg: string
  readonly kid: string
  readonly privateKey: CryptoKey
}

/** Our keys: every one is published, one signs. */
export interface SigningKeys {
  /** The newest that is in force: the latest `nbf` (seconds, as in a JWT) that has come, of several the last in the list. */
  readonly signer: (now: Date) => Signer
  /** Without any private part. */
  readonly publicKeys: JSONWebKeySet
}

interface Key extends Signer {
  readonly publicKey: JWK
  readonly from: number
}

/**
 * Private JWKs as keys for SMART: EC P-384 signs with ES384, RSA of 2048 bits or more with RS384. `kid` is the key's own, else its thumbprint (RFC 7638). Give a
 * new key an `nbf` a day ahead: it is published at once and signs when everybody has fetched it. Throws `invalid`.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
 */
export async function signingKeysOf(jwks: readonly JWK[]): Promise<SigningKeys> {
  const keys = await Promise.all(jwks.map(keyOf))
  if (keys.length === 0) throw new AssessmentError('invalid', 'There is no key')
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw new AssessmentError('invalid', 'Two keys have one kid')
  return { signer: (now) => newestAt(keys, now.getTime() / 1000), publicKeys: { keys: keys.map(({ publicKey }) => publicKey) } }
}

/** Where none is in force yet, the first to come: an assertion that may be refused is better than none. */
function newestAt(keys: readonly Key[], seconds: number): Key {
  const inOrder = [...keys].sort((one, other) => one.from - other.from)
  return inOrder.findLast(({ from }) => from <= seconds) ?? inOrder[0]!
}

async function keyOf(jwk: JWK): Promise<Key> {
  const alg = algorithmOf(jwk)
  const privateKey = (await importJWK(jwk, alg).catch(() => {
    throw new AssessmentError('invalid', 'A key cannot be read')
  })) as CryptoKey
  const kid = jwk.kid ?? (await calculateJwkThumbprint(jwk))
  const { kty, crv, x, y, n, e } = jwk
  const { nbf } = jwk as { nbf?: unknown }
  // Named one by one: what is not known to be public stays out.
  const publicKey = JSON.parse(JSON.stringify({ kty, crv, x, y, n, e, alg, kid, use: 'sig', key_ops: ['verify'] })) as JWK
  return { alg, kid, privateKey, publicKey, from: typeof nbf === 'number' ? nbf : 0 }
}

function algorithmOf({ kty, crv, n = '', d }: JWK): 'ES384' | 'RS384' {
  if (d === undefined) throw new AssessmentError('invalid', 'A key has no private part')
  if (kty === 'EC' && crv === 'P-384') return 'ES384'
  // Six bits a character.
  if (kty === 'RSA' && n.length * 6 >= 2048) return 'RS384'
  throw new AssessmentError('invalid', 'A key is neither EC P-384 nor RSA of at least 2048 bits')
}
