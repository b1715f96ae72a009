import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { cardsFor } from '../../src/cli/cards-for.ts'
import { openStore } from '../../src/queue/open-store.ts'
import { newFolder } from '../queue/store.ts'

const NOW = new Date('2026-05-10T09:00:00Z')
const AUDIENCE = 'https://kizuna.example/cds-services/kizuna-patient-view'

test('a token of an EHR, replayed after a restart: refused', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES384')
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'ehr-1', alg: 'ES384' }] }
  const clients = [{ issuer: 'https://ehr.example', jwksUri: () => keys, fhirBaseUrl: 'https://ehr.example/fhir' }]
  const folder = newFolder()
  const show = async (token: string): Promise<unknown> => {
    const store = openStore({ folder, now: () => NOW.getTime() })
    const { verify } = cardsFor({ clients, origin: 'https://kizuna.example', store, now: () => NOW })
    return verify(`Bearer ${token}`, AUDIENCE).finally(() => store.close())
  }
  const seconds = NOW.getTime() / 1000
  const sign = (jti: string): Promise<string> =>
    new SignJWT({ iss: 'https://ehr.example', aud: AUDIENCE, iat: seconds, exp: seconds + 300, jti })
      .setProtectedHeader({ alg: 'ES384', kid: 'ehr-1', typ: 'JWT' })
      .sign(privateKey)
  const first = await sign('a')
  await expect(show(first)).resolves.toMatchObject({ issuer: 'https://ehr.example' })
  await expect(show(first)).rejects.toMatchObject({ code: 'login', message: expect.stringContaining('jti') })
  await expect(show(await sign('b'))).resolves.toBeDefined()
})
