import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JSONWebKeySet, type JWK } from 'jose'

export interface SigningKey {
  readonly alg: string
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicKeys: JSONWebKeySet
}

/** What the authorization server signs with: access tokens with ES384, id tokens with RS256, which OpenID Connect requires. */
export interface ServerKeys {
  readonly access: SigningKey
  readonly identity: SigningKey
  readonly publicKeys: JSONWebKeySet
}

/** The server's keys: made at start, or kept in the directory, so that tokens outlive a restart. */
export async function createServerKeys(directory?: string): Promise<ServerKeys> {
  const [access, identity] = await Promise.all([keyNamed('access-token', 'ES384', directory), keyNamed('id-token', 'RS256', directory)])
  return { access, identity, publicKeys: { keys: [...access.publicKeys.keys, ...identity.publicKeys.keys] } }
}

/** The key of the client `kizuna-service`: made at the first start, kept in the directory if there is one. */
export function createServiceKey(directory?: string): Promise<SigningKey> {
  return keyNamed('kizuna-service', 'ES384', directory)
}

/** Private keys are kept as `<name>.jwk.json`, readable by nobody else (mode 0600). Two first starts at once: the later one fails. */
async function keyNamed(name: string, alg: string, directory: string | undefined): Promise<SigningKey> {
  if (directory === undefined) return signingKeyOf(await newKey(alg), alg)
  const file = join(directory, `${name}.jwk.json`)
  const kept = await readKept(file)
  if (kept) return signingKeyOf(kept, alg)
  const made = await newKey(alg)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFile(file, JSON.stringify(made), { mode: 0o600, flag: 'wx' })
  return signingKeyOf(made, alg)
}

async function readKept(file: string): Promise<JWK | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  await chmod(file, 0o600)
  return JSON.parse(text) as JWK
}

async function newKey(alg: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return exportJWK(privateKey)
}

async function signingKeyOf(jwk: JWK, alg: string): Promise<SigningKey> {
  const privateKey = (await importJWK(jwk, alg)) as CryptoKey
  const kid = await calculateJwkThumbprint(jwk)
  return { alg, kid, privateKey, publicKeys: { keys: [{ ...publicPartOf(jwk), alg, kid, use: 'sig' }] } }
}

/** Named one by one: what is not known to be public stays out. */
function publicPartOf(jwk: JWK): JWK {
  const { kty, crv, x, y, n, e } = jwk
  return JSON.parse(JSON.stringify({ kty, crv, x, y, n, e })) as JWK
}
