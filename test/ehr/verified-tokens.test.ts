import { expect, test } from 'vitest'
import { createVerifiedTokens, type Verified } from '../../src/ehr/verified-tokens.ts'

const verified = { from: 0, until: 1 } as Verified

test('a token is known again by all of it', () => {
  const tokens = createVerifiedTokens(2)
  tokens.set('header.payload.signature', verified)
  expect(['header.payload.signature', 'header.payload.signatur', ''].map((token) => tokens.get(token))).toEqual([
    verified,
    undefined,
    undefined,
  ])
})
