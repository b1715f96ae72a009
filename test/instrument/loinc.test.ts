import { expect, test } from 'vitest'
import { isLoincCode } from '../../src/instrument/loinc.ts'

const ITEMS = ['44250-9', '44255-8', '44259-0', '44254-1', '44251-7', '44258-2', '44252-5', '44253-3', '44260-8', '69722-7']

test.each(['71354-5', '99046-5', '44249-1', '44261-6', '93857-1', '11778-8', ...ITEMS])('%s carries its check digit', (code) => {
  expect(isLoincCode(code)).toBe(true)
})

test.each(['89049-6', '44261-8', '44249', '-1', '', 'LA6568-5', '44249-11', ' 44249-1'])('"%s" is no LOINC term code', (code) => {
  expect(isLoincCode(code)).toBe(false)
})
