import type { FhirResource, Patient, RelatedPerson } from 'fhir/r4.js'
import { describe, expect, test, vi } from 'vitest'
import { createDraftSaver, type Saved } from '../../src/app/form/draft-saver.ts'
import { answersOf, isOurForm, responseOf, resumeForm, startForm, unansweredOf } from '../../src/app/form/form.ts'
import { type Family, infantOfferOf, mayHandOver, offeredIn, wordedIn } from '../../src/app/form/offers.ts'
import { reviewBundle } from '../../src/app/review-bundle.ts'
import { assess } from '../../src/assess.ts'
import type { Knowledge } from '../../src/risk/knowledge.ts'
import { outsideResponse } from '../fixtures/outside-forms.ts'
import { aboutInfant, epdsPlaces, filledForm, INFANT, instrumentOf, knowledge, NOW } from './clinic-fixture.ts'

const start = { instrument: instrumentOf('epds'), language: 'ja', uuid: 'a-uuid', patientId: 'mother', authored: NOW } as const
const midwife = { reference: 'Practitioner/midwife' }

describe('a response', () => {
  test('recorded from paper: the clinician is author, nobody is source', () => {
    const form = startForm({ ...start, mode: 'paper', author: midwife, encounterId: 'visit' })
    expect(responseOf(form, 'in-progress', NOW)).toEqual({
      resourceType: 'QuestionnaireResponse',
      language: 'ja',
      identifier: { system: 'https://w3id.org/kizuna/fhir/sid/response', value: 'a-uuid' },
      questionnaire: 'https://w3id.org/kizuna/fhir/Questionnaire/epds|1.0.0',
      status: 'in-progress',
      subject: { reference: 'Patient/mother' },
      encounter: { reference: 'Encounter/visit' },
      authored: NOW,
      author: midwife,
    })
  })

  test('answered by the mother: she is source, the clinician stays out of it', () => {
    const { author, source } = responseOf(startForm({ ...start, mode: 'hand-over', author: midwife }), 'in-progress', NOW)
    expect([author, source]).toEqual([undefined, { reference: 'Patient/mother' }])
  })

  test.each(knowledge.instruments.map(({ id }) => id))(
    '%s: every option is read back as what was chosen, and no wording is written',
    (id) => {
      const { items } = instrumentOf(id)
      for (const place of items[0]!.options.keys()) {
        const places = items.map(({ options }) => Math.min(place, options.length - 1))
        const response = responseOf(filledForm({ id: 'r', instrument: id, authored: NOW, places, infant: aboutInfant() }), 'completed', NOW)
        const result = assess(knowledge, response, [INFANT])
        expect(result.outcome).toBe('scored')
        expect(JSON.stringify(response)).not.toContain('"text"')
        if (result.outcome === 'refused') return
        expect([...result.answers.options.values()].map(({ code }) => code)).toEqual(
          items.map(({ options }, index) => options[places[index]!]!.code),
        )
      }
    },
  )

  test('a question she prefers not to answer: valid R4, declined, not answered', () => {
    const form = filledForm({ id: 'r', instrument: 'epds', authored: NOW, places: epdsPlaces(2) })
    const response = responseOf({ ...form, answers: { ...form.answers, 'epds-10': 'declined' } }, 'completed', NOW)
    expect(knowledge.check(response)).toEqual([])
    const result = assess(knowledge, response)
    expect(result.outcome).toBe('incomplete')
    expect(result.risk.verdicts.some(({ id, verdict }) => id === 'S4' && verdict === 'fired')).toBe(true)
  })

  test('taken up again: the same answers, its own id and version, foreign items kept', () => {
    const form = filledForm({ id: 'r', instrument: 'epds', authored: NOW, places: epdsPlaces(2).slice(0, 4) })
    const total = { linkId: 'epds-total', answer: [{ valueInteger: 2 }] }
    const declining = { ...form, answers: { ...form.answers, 'epds-5': 'declined' as const } }
    const written = responseOf(declining, 'in-progress', NOW)
    const stored = { ...written, id: '7', meta: { versionId: '3' }, item: [...written.item!, total] }
    const resumed = resumeForm(knowledge, stored, 'paper')!
    expect(resumed.answers).toEqual(declining.answers)
    expect(responseOf(resumed, 'in-progress', NOW)).toEqual(stored)
    expect(unansweredOf(resumed).map(({ linkId }) => linkId)).toEqual(['epds-6', 'epds-7', 'epds-8', 'epds-9', 'epds-10'])
  })

  test.each([
    ['ja-JP', 'ja'],
    ['da', 'en'],
    [undefined, 'en'],
  ])('of language %s: in %s, where it is worded', (language, shown) => {
    const { language: _language, ...rest } = responseOf(startForm({ ...start, mode: 'paper' }), 'in-progress', NOW)
    expect(resumeForm(knowledge, { ...rest, ...(language !== undefined && { language }) }, 'paper')?.language).toBe(shown)
    const packs = [
      ...knowledge.textPacks,
      {
        ...knowledge.textPacks.find(({ instrument }) => instrument === rest.questionnaire!.split('/').at(-1)!.split('|')[0])!,
        language: 'da',
      },
    ]
    expect(resumeForm({ ...knowledge, textPacks: packs }, { ...rest, language: 'da' }, 'paper')?.language).toBe('da')
    expect(wordedIn({ ...knowledge, textPacks: packs })).toEqual(['en', 'ja', 'da'])
  })

  test('of an unknown questionnaire: not taken up', () => {
    const response = { ...responseOf(startForm({ ...start, mode: 'paper' }), 'in-progress', NOW), questionnaire: 'https://other.test/q|1' }
    expect(resumeForm(knowledge, response, 'paper')).toBeUndefined()
  })
})

test('what a review lists is valid, and creates nothing twice', () => {
  const form = filledForm({ id: 'r', instrument: 'epds', authored: NOW, places: epdsPlaces(2) })
  const response = responseOf(form, 'completed', NOW)
  const bundle = reviewBundle(knowledge, response, assess(knowledge, response), { recorded: NOW, onBehalfOf: midwife })
  expect(knowledge.check(bundle)).toEqual([])
  expect(bundle.entry?.map(({ resource }) => resource?.resourceType)).toEqual([
    'QuestionnaireResponse',
    'Observation',
    'Observation',
    'Observation',
    'RiskAssessment',
    'Provenance',
  ])
  expect(bundle.entry?.every(({ request }) => request?.ifNoneExist !== undefined)).toBe(true)
})

describe('what may be given', () => {
  const english = (id: string, sandbox = false) => mayHandOver(knowledge, instrumentOf(id), 'en', sandbox)

  test('to a mother: official wording only, unless the data are synthetic', () => {
    expect(knowledge.instruments.filter(({ id }) => english(id)).map(({ id }) => id)).toEqual(['phq-9'])
    expect(mayHandOver(knowledge, instrumentOf('phq-9'), 'ja', false)).toBe(false)
    expect(knowledge.instruments.every(({ id }) => english(id, true))).toBe(true)
  })

  test('a licensed pack opens hand-over', () => {
    const licensed: Knowledge = {
      ...knowledge,
      textPacks: knowledge.textPacks.map((pack) => (pack.instrument === 'epds' ? { ...pack, status: 'licensed' } : pack)),
    }
    expect(mayHandOver(licensed, instrumentOf('epds'), 'en', false)).toBe(true)
  })

  test('the EPDS and the MIBS-J stand first', () => {
    expect(offeredIn(knowledge).map(({ id }) => id)).toEqual(['epds', 'mibs-j', 'phq-9', 'pbq', 'infant-temperament'])
  })

  test('children: born, and not older than 18 months, the youngest first', () => {
    const born = (id: string, birthDate?: string) => ({ ...INFANT, id, birthDate: birthDate! })
    const persons = [born('old', '2020-01-01'), born('one', '2025-01-01'), born('two', '2026-02-01'), born('due', '2026-09-01')]
    expect(infantOfferOf(familyOf([...persons, born('unknown')]), [], '2026-03-01').infants.map(({ id }) => id)).toEqual(['two', 'one'])
  })
})

const familyOf = (infants: readonly RelatedPerson[], facts: readonly FhirResource[] = []): Family => {
  const patient: Patient = { resourceType: 'Patient', id: 'mother' }
  return { patient, infants, history: [patient, ...infants, ...facts] }
}

describe('a baby who is not with her', () => {
  const died = { ...INFANT, active: false }
  const placed = { ...INFANT, period: { start: '2026-01-15', end: '2026-02-10' } }
  const grown = { ...INFANT, id: 'grown', birthDate: '2020-01-01' }
  test.each([
    { name: 'no baby on record: not known, forms may be given', persons: [], infants: 0, may: true },
    { name: 'a baby', persons: [INFANT], infants: 1, may: true },
    { name: 'died', persons: [died, grown], infants: 0, may: false },
    { name: 'placed with others', persons: [placed], infants: 0, may: false },
    { name: 'one twin died', persons: [died, { ...INFANT, id: 'twin' }], infants: 1, may: true },
  ])('$name', ({ persons, infants, may }) => {
    const offer = infantOfferOf(familyOf(persons), [], '2026-03-01')
    expect(offer.infants).toHaveLength(infants)
    expect(offer.mayAsk).toBe(may)
  })

  const LOSS = { system: 'urn:site', code: 'loss' }
  const lossOn = (date: string, about = 'Patient/mother'): FhirResource => ({
    resourceType: 'Observation',
    id: 'loss',
    status: 'final',
    code: { coding: [LOSS] },
    subject: { reference: 'Patient/mother' },
    focus: [{ reference: about }],
    effectiveDateTime: date,
  })
  const flagOn = (date: string): FhirResource => ({
    resourceType: 'Flag',
    status: 'active',
    code: { coding: [LOSS] },
    subject: { reference: 'RelatedPerson/infant' },
    period: { start: date },
  })
  const dueOn = (date: string): FhirResource => ({
    resourceType: 'Observation',
    id: 'due',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '11778-8' }] },
    subject: { reference: 'Patient/mother' },
    valueDateTime: date,
  })
  const twins = [INFANT, { ...INFANT, id: 'twin' }]
  test.each([
    { name: 'coded about her, after the birth', persons: [INFANT], facts: [lossOn('2026-02-01')], infants: 0, may: false },
    { name: 'coded, and still to come', persons: [INFANT], facts: [lossOn('2026-04-01')], infants: 1, may: true },
    { name: 'a Flag on the child', persons: [INFANT], facts: [flagOn('2026-02-01')], infants: 0, may: false },
    { name: 'of one twin', persons: twins, facts: [lossOn('2026-02-01', 'RelatedPerson/twin')], infants: 1, may: true },
    {
      name: 'no baby on record, a pregnancy lost',
      persons: [],
      facts: [dueOn('2026-04-01'), lossOn('2026-02-01')],
      infants: 0,
      may: false,
    },
    { name: 'lost, and pregnant again', persons: [], facts: [dueOn('2026-11-20'), lossOn('2025-12-01')], infants: 0, may: true },
  ])('the site has coded it: $name', ({ persons, facts, infants, may }) => {
    const today = '2026-03-01'
    const offer = infantOfferOf(familyOf(persons, facts), [LOSS], today)
    expect([offer.infants.length, offer.mayAsk]).toEqual([infants, may])
  })
})

describe('drafts', () => {
  function saverOf(save: () => Promise<void>) {
    const told: Saved[] = []
    vi.useFakeTimers()
    return { told, saver: createDraftSaver({ save, savedOf: () => 'failed', tell: (saved) => told.push(saved), quiet: 100, again: 1000 }) }
  }

  test('many changes in a row are one write', async () => {
    const save = vi.fn(async () => undefined)
    const { saver, told } = saverOf(save)
    for (let change = 0; change < 5; change++) saver.changed()
    await vi.advanceTimersByTimeAsync(100)
    expect(save).toHaveBeenCalledTimes(1)
    expect(told).toEqual(['saving', 'saved'])
    vi.useRealTimers()
  })

  test('a change during a write waits for it: never two at once', async () => {
    let running = 0
    let most = 0
    const { saver } = saverOf(async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 500))
      running--
    })
    saver.changed()
    await vi.advanceTimersByTimeAsync(150)
    saver.changed()
    await vi.advanceTimersByTimeAsync(2000)
    expect([most, running]).toEqual([1, 0])
    vi.useRealTimers()
  })

  test('a failure is told, and the next change tries again', async () => {
    const save = vi.fn(async () => undefined).mockRejectedValueOnce(new Error('no network'))
    const { saver, told } = saverOf(save)
    saver.changed()
    await vi.advanceTimersByTimeAsync(100)
    saver.changed()
    await vi.advanceTimersByTimeAsync(100)
    expect(told).toEqual(['saving', 'failed', 'saving', 'saved'])
    vi.useRealTimers()
  })

  test('dropped: what waits is not sent any more', async () => {
    const save = vi.fn(async () => undefined)
    const { saver } = saverOf(save)
    saver.changed()
    await saver.drop()
    await vi.advanceTimersByTimeAsync(1000)
    expect(save).not.toHaveBeenCalled()
    vi.useRealTimers()
  })

  test('settled: what waits is sent at once', async () => {
    const save = vi.fn(async () => undefined)
    const { saver } = saverOf(save)
    saver.changed()
    await saver.settle()
    expect(save).toHaveBeenCalledTimes(1)
    vi.useRealTimers()
  })
})

test('a form of others is shown as it was read, and is not gone on with here', () => {
  const response = outsideResponse('us-core-phq-9')
  const result = assess(knowledge, response)
  if (result.outcome === 'refused') throw new Error('refused')
  const answers = answersOf(result, response)
  expect([answers['/44250-9'], answers['/69722-7']]).toEqual([{ code: 'LA6570-1' }, { code: 'LA6573-5' }])
  expect(Object.keys(answers)).toHaveLength(10)
  expect(isOurForm(knowledge, response)).toBe(false)
  expect(isOurForm(knowledge, responseOf(startForm({ ...start, mode: 'paper' }), 'in-progress', NOW))).toBe(true)
})
