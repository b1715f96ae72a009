import { expect, test } from 'vitest'
import { createVerifiedTokens, type Verified } from '../../src/ehr/verified-tokens.ts'

const verified = { from: 0, until: 1 } as Verified

test('those used last stay, and no more than so many', () => {
  const tokens = createVerifiedTokens(2)
  tokens.keep('a', verified)
  tokens.keep('b', verified)
  tokens.find('a')
  tokens.keep('c', verified)
  expect(['a', 'b', 'c'].filter((token) => tokens.find(token))).toEqual(['a', 'c'])
})
