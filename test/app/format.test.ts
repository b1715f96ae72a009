import { describe, expect, test } from 'vitest'
import { authoredOn, localDate, localInstant } from '../../src/app/clock.ts'
import { ageOn, dateText, nameOf, recordNumber, spokenLanguage } from '../../src/app/format.ts'

describe('the clock', () => {
  const moment = new Date('2026-03-01T10:00:05Z')

  test('an instant carries the zone of this machine and is the same moment', () => {
    expect(localInstant(moment)).toMatch(/^2026-03-0\dT\d{2}:\d{2}:05[+-]\d{2}:\d{2}$/)
    expect(Date.parse(localInstant(moment))).toBe(moment.getTime())
  })

  test('today is this moment; an earlier day is that day, without an hour', () => {
    expect(authoredOn(undefined, moment)).toBe(localInstant(moment))
    expect(authoredOn(localDate(moment), moment)).toBe(localInstant(moment))
    expect(authoredOn('2026-02-20', moment)).toBe('2026-02-20')
  })
})

describe('words for data', () => {
  test.each([
    ['a day', 'en', '2026-03-01', '1 Mar 2026'],
    ['a day in Japanese', 'ja', '2026-03-01', '2026年3月1日'],
    ['a month stays a month', 'en', '2026-03', '2026-03'],
  ] as const)('%s', (_name, language, date, text) => {
    expect(dateText(language, date)).toBe(text)
  })

  test.each([
    ['on the birthday', '1996-03-01', 30],
    ['the day before', '1996-03-02', 29],
  ])('age %s', (_name, birthDate, years) => {
    expect(ageOn(birthDate, '2026-03-01')).toBe(years)
  })

  test('the official name, family first in Japanese, old ones left out', () => {
    const name = [
      { use: 'old' as const, text: 'Before' },
      { use: 'nickname' as const, text: 'Hana' },
      { use: 'official' as const, family: '砂場', given: ['花'] },
    ]
    expect(nameOf({ name }, 'ja')).toBe('砂場 花')
    expect(nameOf({ name }, 'en')).toBe('花 砂場')
    expect(nameOf({}, 'en')).toBe('')
  })

  test('the number typed as medical record number, else the first', () => {
    const identifier = [{ value: 'insurance' }, { type: { coding: [{ code: 'MR' }] }, value: 'S-1' }]
    expect(recordNumber({ resourceType: 'Patient', identifier })).toBe('S-1')
    expect(recordNumber({ resourceType: 'Patient', identifier: [{ value: 'insurance' }] })).toBe('insurance')
  })

  test('the language she speaks, if it is one of ours', () => {
    const speaks = (code: string) => spokenLanguage({ resourceType: 'Patient', communication: [{ language: { coding: [{ code }] } }] })
    expect([speaks('ja-JP'), speaks('pt'), spokenLanguage({ resourceType: 'Patient' })]).toEqual(['ja', undefined, undefined])
  })
})
