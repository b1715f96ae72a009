import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import cases from '../cases/smart-requirements.json' with { type: 'json' }

test.each(cases.requirements)('$section: $requirement', ({ test: { file, title } }) => {
  const source = readFileSync(file, 'utf8')
  expect(source.includes(`'${title}'`) || source.includes(`"${title}"`), `${file} has a test "${title}"`).toBe(true)
})
