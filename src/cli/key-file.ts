import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { JWK } from 'jose'
import { type SigningKeys, signingKeysOf } from '../ehr/signing-keys.ts'
import { AssessmentError } from '../errors.ts'
import { UsageError } from './shell.ts'

/** Our private keys from a file: PEM (one key or several, the last is the newest), a JWK, or a JWK Set. Throws UsageError that quotes nothing of the file. */
export async function loadSigningKeys(file: string): Promise<SigningKeys> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`The key file ${file} cannot be read.`)
  })
  try {
    return await signingKeysOf(jwksIn(text))
  } catch (error) {
    const reason = error instanceof AssessmentError ? error.message : 'it is neither PEM nor JSON'
    throw new UsageError(`The key file ${file} is not usable: ${reason}. Make one with openssl ecparam -name secp384r1 -genkey -noout.`)
  }
}

const PEM = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[\s\S]+?-----END (?:[A-Z]+ )?PRIVATE KEY-----/g

function jwksIn(text: string): JWK[] {
  const pems = text.match(PEM)
  if (pems !== null) return pems.map((pem) => createPrivateKey(pem).export({ format: 'jwk' }) as JWK)
  const value = JSON.parse(text) as JWK | { readonly keys: JWK[] }
  return 'keys' in value && Array.isArray(value.keys) ? value.keys : [value as JWK]
}
