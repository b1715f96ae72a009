import { readdirSync } from 'node:fs'
import { Ajv } from 'ajv'
import type { PlanDefinition } from 'fhir/r4.js'
import { expect, test } from 'vitest'
import { artifacts, readJson } from './sources.ts'

const plan = (id: string) => artifacts.find((one): one is PlanDefinition => one.resourceType === 'PlanDefinition' && one.id === id)!
const visits = ({ action }: PlanDefinition) =>
  action!.map(({ timingDuration: at, action: forms, selectionBehavior }) => [
    at ? `${at.value} ${at.code}` : '',
    selectionBehavior,
    ...forms!.map(({ definitionCanonical, title }) => definitionCanonical?.split('/').at(-1) ?? title),
  ])

test.each(readdirSync('resources/schedules'))('%s is a schedule', (file) => {
  const validate = new Ajv({ allErrors: true }).compile(readJson('resources/schemas/schedule.json'))
  expect(validate(readJson(`resources/schedules/${file}`)), JSON.stringify(validate.errors)).toBe(true)
})

test('Japan: at 2 weeks and 1 month the set of three, the checklist named and not ours', () => {
  const forms = ['all', 'Support checklist', 'epds|1.0.0', 'mibs-j|1.0.0']
  expect(visits(plan('japan-postpartum'))).toEqual([
    ['2 wk', ...forms],
    ['1 mo', ...forms],
  ])
  expect(plan('japan-postpartum').experimental).toBe(false)
})

test('ACOG: first prenatal visit, later in pregnancy, postpartum; one instrument, by choice of the site', () => {
  expect(plan('acog').action!.map(({ id }) => id)).toEqual(['first-prenatal', 'later-in-pregnancy', 'postpartum'])
  expect(plan('acog').description).toContain('which one is the choice of the site')
  for (const visit of visits(plan('acog'))) expect(visit).toEqual(['', 'exactly-one', 'epds|1.0.0', 'phq-9|1.0.0'])
})

test('the waves of the study are a calendar of research', () => {
  expect(visits(plan('study-waves')).map(([at]) => at)).toEqual(['1 mo', '4 mo', '10 mo', '18 mo'])
  expect(plan('study-waves')).toMatchObject({
    experimental: true,
    description: expect.stringContaining('A calendar of research, not of care.'),
  })
})
