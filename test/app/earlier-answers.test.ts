import type { QuestionnaireResponse } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { earlierAnswersOf } from '../../src/app/chart/earlier-answers.ts'
import { epdsPlaces, instrumentOf, knowledge, storedResponse } from './clinic-fixture.ts'

const epds = instrumentOf('epds')
const linkId = epds.items.at(-1)!.linkId

interface Version {
  readonly version: number
  /** The printed place of item 10: 3 is never, 0 quite often. */
  readonly place: number | undefined
  readonly score?: number
  readonly status?: QuestionnaireResponse['status']
  readonly author?: string
}

function versionOf({ version, place, score = 2, status = 'completed', author }: Version): QuestionnaireResponse {
  const places = [...epdsPlaces(score).slice(0, 9), place]
  return {
    ...storedResponse({ id: 'form', instrument: 'epds', authored: '2026-02-20T09:00:00+09:00', places, status }),
    meta: { versionId: String(version), lastUpdated: `2026-02-20T0${version}:00:00Z` },
    ...(author !== undefined && { author: { reference: author } }),
  }
}
const read = (...versions: Version[]) => earlierAnswersOf(knowledge, epds, versions.map(versionOf), 'en')

describe('safety answers of earlier versions', () => {
  test('an amendment to zero: the earlier answer with its version, and what became of it', () => {
    const [earlier, ...others] = read(
      { version: 2, place: 3, score: 3, status: 'amended', author: 'Practitioner/midwife' },
      { version: 1, place: 1 },
    )
    expect(others).toEqual([])
    expect(earlier).toMatchObject({
      answer: { linkId, place: 2, count: 4, weight: 2 },
      version: '1',
      changed: { version: '2', when: '2026-02-20T02:00:00Z', author: 'Practitioner/midwife' },
      otherItems: [3],
    })
    expect(earlier!.now).toBeDefined()
  })

  test('still as it was: nothing to tell', () => expect(read({ version: 1, place: 1 }, { version: 2, place: 1 })).toEqual([]))

  test('another answer above zero: the earlier one is told', () =>
    expect(read({ version: 1, place: 0 }, { version: 2, place: 2 }).map(({ answer }) => answer.weight)).toEqual([3]))

  test('taken away: the item has no answer now', () =>
    expect(read({ version: 1, place: 0 }, { version: 2, place: undefined }).map(({ now }) => now)).toEqual([undefined]))

  test('given in two versions: from the last that gave it', () =>
    expect(
      read({ version: 1, place: 1 }, { version: 2, place: 1, score: 4 }, { version: 3, place: 3 }).map(({ version }) => version),
    ).toEqual(['2']))

  test('entered in error: that version said nothing', () =>
    expect(read({ version: 1, place: 1, status: 'entered-in-error' }, { version: 2, place: 3 })).toEqual([]))

  test('one version, or none: nothing', () => expect([read({ version: 1, place: 1 }), read()]).toEqual([[], []]))
})
