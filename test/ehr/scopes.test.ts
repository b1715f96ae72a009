import { describe, expect, test } from 'vitest'
import { formatScope, type Interaction, intersectScopes, parseScopes, scopeFor, scopesFor } from '../../src/ehr/scopes.ts'

const SURVEY = 'http://terminology.hl7.org/CodeSystem/observation-category|survey'

describe('parseScopes', () => {
  test.each([
    ['patient/Observation.rs', [{ context: 'patient', type: 'Observation', interactions: 'rs' }]],
    ['user/*.cruds', [{ context: 'user', type: '*', interactions: 'cruds' }]],
    ['system/Patient.r', [{ context: 'system', type: 'Patient', interactions: 'r' }]],
    ['patient/Observation.read', [{ context: 'patient', type: 'Observation', interactions: 'rs' }]],
    ['patient/Observation.write', [{ context: 'patient', type: 'Observation', interactions: 'cud' }]],
    ['patient/*.*', [{ context: 'patient', type: '*', interactions: 'cruds' }]],
    [
      `patient/Observation.rs?category=${SURVEY}`,
      [{ context: 'patient', type: 'Observation', interactions: 'rs', query: { category: SURVEY } }],
    ],
    [
      `patient/Observation.rs?category=${encodeURIComponent(SURVEY)}&status=final`,
      [{ context: 'patient', type: 'Observation', interactions: 'rs', query: { category: SURVEY, status: 'final' } }],
    ],
    [
      ' launch  openid\tfhirUser user/Patient.r online_access launch/patient profile ',
      [{ context: 'user', type: 'Patient', interactions: 'r' }],
    ],
  ])('%s', (text, scopes) => expect(parseScopes(text)).toEqual(scopes))

  test.each([
    '',
    'patient/Observation.sr',
    'patient/Observation.rr',
    'patient/Observation.rx',
    'patient/Observation.',
    'patient/Observation',
    'patient/observation.rs',
    'practitioner/Observation.rs',
    'patient/Observation.rs?',
    'patient/Observation.rs?=survey',
    'patient/Observation.rs?category=a&category=b',
    'patient/Observation.READ',
    'xpatient/Observation.rs',
    'patient/Observation/1.rs',
  ])('nothing from "%s"', (text) => expect(parseScopes(text)).toEqual([]))
})

describe('scopeFor', () => {
  const scopes = parseScopes('patient/Observation.rs?category=a patient/Observation.r user/Observation.c patient/Observation.c patient/*.d')
  test.each<[string, Interaction, string | undefined]>([
    ['Observation', 's', 'patient/Observation.rs?category=a'],
    ['Observation', 'r', 'patient/Observation.r'],
    ['Observation', 'c', 'user/Observation.c'],
    ['Patient', 'd', 'patient/*.d'],
    ['Patient', 'r', undefined],
    ['Observation', 'u', undefined],
  ])('%s %s: %s', (type, interaction, text) => {
    const scope = scopeFor(scopes, type, interaction)
    expect(scope && formatScope(scope)).toBe(text)
  })

  test('all that permit it, widest first', () => {
    expect(scopesFor(scopes, 'Observation', 'r').map(formatScope)).toEqual(['patient/Observation.r', 'patient/Observation.rs?category=a'])
  })
})

describe('intersectScopes', () => {
  test.each([
    ['patient/Observation.cruds', 'patient/*.rs', 'patient/Observation.rs'],
    ['patient/*.rs', 'patient/Observation.rs patient/Patient.r', 'patient/Observation.rs patient/Patient.r'],
    ['patient/Observation.c', 'patient/*.rs', ''],
    ['user/Observation.rs', 'patient/*.rs', ''],
    ['patient/Observation.rs', 'patient/Patient.rs', ''],
    ['patient/Observation.rs', 'patient/Observation.rs?category=a', 'patient/Observation.rs?category=a'],
    ['patient/Observation.rs?category=a', 'patient/Observation.rs?category=b', ''],
    ['patient/Observation.rs?category=a', 'patient/*.rs?status=final', 'patient/Observation.rs?category=a&status=final'],
    ['patient/Observation.rs', 'patient/*.cruds patient/Observation.rs patient/Observation.r', 'patient/Observation.rs'],
    ['patient/Observation.rs patient/Observation.rs', 'patient/*.cruds', 'patient/Observation.rs'],
  ])('asked %s, allowed %s: %s', (asked, allowed, granted) => {
    expect(intersectScopes(parseScopes(asked), parseScopes(allowed)).map(formatScope).join(' ')).toBe(granted)
  })
})

test.each([`patient/Observation.rs?category=${SURVEY}`, 'user/*.cruds', 'patient/Observation.rs?note=a%26b%3Dc%20d%2Be'])(
  '%s is written as it was read',
  (text) => expect(parseScopes(text).map(formatScope)).toEqual([text]),
)
