import { Ajv } from 'ajv'
import set from 'lodash/set.js'
import unset from 'lodash/unset.js'
import { describe, expect, test } from 'vitest'
import { checkInstrument, type InstrumentSchemas } from '../../src/instrument/check-instrument.ts'
import type { Instrument } from '../../src/instrument/instrument.ts'
import type { TextPack } from '../../src/instrument/text-pack.ts'
import { INSTRUMENTS, instrumentOf, packsOf, readJson } from '../publish/sources.ts'

const ajv = new Ajv({ allErrors: true })
const schemas: InstrumentSchemas = {
  isInstrument: ajv.compile<Instrument>(readJson('resources/schemas/instrument.json')),
  isTextPack: ajv.compile<TextPack>(readJson('resources/schemas/text-pack.json')),
}

test.each(INSTRUMENTS)('%s and its text packs have no fault', (id) => {
  expect(checkInstrument(instrumentOf(id), packsOf(id), schemas)).toEqual([])
  expect(packsOf(id).map(({ language }) => language)).toEqual(['en', 'ja'])
})

type Spoil = (instrument: Instrument) => unknown

/** `path` and `value` spoil a copy of PHQ-9, which has a total, cut-offs, LOINC codes and an item without score. */
describe('an instrument is refused', () => {
  const put =
    (path: string, value: unknown): Spoil =>
    (instrument) =>
      set(instrument, path, value)
  const drop =
    (path: string): Spoil =>
    (instrument) =>
      unset(instrument, path)
  test.each<{ name: string; spoil: Spoil; pointer: string; message: RegExp }>([
    { name: 'no copyright line', spoil: drop('copyright'), pointer: '', message: /copyright/ },
    { name: 'a blank copyright line', spoil: put('copyright', ' '), pointer: '/copyright', message: /pattern/ },
    { name: 'an unknown key', spoil: put('items[0].wieght', 1), pointer: '/items/0', message: /additional/ },
    { name: 'a version that is no SemVer', spoil: put('version', '1.0'), pointer: '/version', message: /pattern/ },
    { name: 'a weight below zero', spoil: put('items[0].options[0].weight', -1), pointer: '/items/0/options/0/weight', message: />= 0/ },
    { name: 'a weight as text', spoil: put('items[0].options[0].weight', '0'), pointer: '/items/0/options/0/weight', message: /integer/ },
    { name: 'a quote in a linkId', spoil: put('items[0].linkId', "it's"), pointer: '/items/0/linkId', message: /pattern/ },
    { name: 'a bar in a code', spoil: put('items[0].options[0].code', 'a|b'), pointer: '/items/0/options/0/code', message: /pattern/ },
    { name: 'a linkId twice', spoil: put('items[1].linkId', '/44250-9'), pointer: '/items/1/linkId', message: /twice/ },
    { name: 'an option twice', spoil: put('items[0].options[1].code', 'LA6568-5'), pointer: '/items/0/options/1/code', message: /twice/ },
    {
      name: 'a weight given twice',
      spoil: put('items[0].options[1].weight', 0),
      pointer: '/items/0/options',
      message: /no option weighs 1/,
    },
    { name: 'a weight above the others', spoil: put('items[0].options[3].weight', 4), pointer: '/items/0/options', message: /weighs 3/ },
    {
      name: 'an option of a scored item without weight',
      spoil: drop('items[0].options[2].weight'),
      pointer: '/items/0/options',
      message: /weighs 2/,
    },
    {
      name: 'a weight on an unscored item',
      spoil: put('items[9].options[0].weight', 0),
      pointer: '/items/9/options/0/weight',
      message: /not scored/,
    },
    {
      name: 'a scale of a strange item',
      spoil: put('scales[0].items[0]', 'epds-1'),
      pointer: '/scales/0/items/0',
      message: /no scored item/,
    },
    {
      name: 'a scale of an unscored item',
      spoil: put('scales[0].items[0]', '/69722-7'),
      pointer: '/scales/0/items/0',
      message: /no scored item/,
    },
    { name: 'an item twice in a scale', spoil: put('scales[0].items[1]', '/44250-9'), pointer: '/scales/0/items/1', message: /twice/ },
    { name: 'a scale twice', spoil: (i) => set(i, 'scales[1]', i.scales[0]), pointer: '/scales/1/code', message: /twice/ },
    {
      name: 'a total under the linkId of an item',
      spoil: put('scales[0].totalLinkId', '/44250-9'),
      pointer: '/scales/0',
      message: /item and a total/,
    },
    {
      name: 'a cut-off above the range',
      spoil: put('scales[0].cutOffs[0].value', 28),
      pointer: '/scales/0/cutOffs/0/value',
      message: /1 to 27/,
    },
    {
      name: 'a cut-off that every score reaches',
      spoil: put('scales[0].cutOffs[0].value', 0),
      pointer: '/scales/0/cutOffs/0/value',
      message: />= 1/,
    },
    { name: 'a cut-off id twice', spoil: put('scales[0].cutOffs[1].id', 'wang10'), pointer: '/scales/0/cutOffs/1/id', message: /twice/ },
    { name: 'a cut-off without source', spoil: drop('scales[0].cutOffs[0].source'), pointer: '/scales/0/cutOffs/0', message: /source/ },
    {
      name: 'an interpretation by no cut-off',
      spoil: put('scales[0].interpretedBy', 'cox13'),
      pointer: '/scales/0/interpretedBy',
      message: /no cut-off/,
    },
    {
      name: 'days that end before they begin',
      spoil: put('scales[0].cutOffs[0].days', [42, 21]),
      pointer: '/scales/0/cutOffs/0/days',
      message: /before/,
    },
    {
      name: 'a sensitivity in per cent',
      spoil: put('scales[0].cutOffs[0].sensitivity', 84),
      pointer: '/scales/0/cutOffs/0/sensitivity',
      message: /<= 1/,
    },
    { name: 'a panel code with a wrong check digit', spoil: put('loinc', '89049-6'), pointer: '/loinc', message: /check digit/ },
    {
      name: 'a total code with a wrong check digit',
      spoil: put('scales[0].loinc', '44261-8'),
      pointer: '/scales/0/loinc',
      message: /check digit/,
    },
    {
      name: 'an item code with a wrong check digit',
      spoil: put('items[0].loinc', '44250-8'),
      pointer: '/items/0/loinc',
      message: /check digit/,
    },
  ])('$name', ({ spoil, pointer, message }) => {
    const instrument = instrumentOf('phq-9')
    spoil(instrument)
    const faults = checkInstrument(instrument, [], schemas)
    expect(faults).toContainEqual({ pointer, message: expect.stringMatching(message) })
  })

  test.each([null, [], 'epds', 1])('%j is no instrument', (candidate) => {
    expect(checkInstrument(candidate, [], schemas).length).toBeGreaterThan(0)
  })
})

describe('a text pack is refused', () => {
  const words = { '/44250-9': 'x' }
  test.each<{ name: string; change: object; pointer: string; message: RegExp }>([
    { name: 'another instrument', change: { instrument: 'epds' }, pointer: '/text/en/instrument', message: /not phq-9/ },
    { name: 'another version', change: { version: '1.1.0' }, pointer: '/text/en/version', message: /not 1.0.0/ },
    { name: 'items without wording', change: { items: words }, pointer: '/text/en/items', message: /no wording for \/44255-8/ },
    { name: 'options without wording', change: { options: { 'LA6568-5': 'x' } }, pointer: '/text/en/options', message: /LA6574-3/ },
    {
      name: 'an item too many',
      change: { items: { ...words, 'phq-10': 'x' } },
      pointer: '/text/en/items/phq-10',
      message: /has no phq-10/,
    },
    {
      name: 'an item too many with a slash',
      change: { items: { ...words, '/1~': 'x' } },
      pointer: '/text/en/items/~11~0',
      message: /no \/1~/,
    },
    { name: 'no copyright line', change: { copyright: '' }, pointer: '/text/0/copyright', message: /pattern/ },
    { name: 'licensed without a permission', change: { status: 'licensed' }, pointer: '/text/0', message: /permission/ },
    { name: 'an unknown status', change: { status: 'free' }, pointer: '/text/0/status', message: /allowed values/ },
    { name: 'a blank wording', change: { items: { ...words, '/44255-8': ' ' } }, pointer: '/text/0/items/~144255-8', message: /pattern/ },
  ])('$name', ({ change, pointer, message }) => {
    const pack = { ...packsOf('phq-9')[0], ...change }
    expect(checkInstrument(instrumentOf('phq-9'), [pack], schemas)).toContainEqual({ pointer, message: expect.stringMatching(message) })
  })

  test('licensed with its permission is accepted', () => {
    const pack = { ...packsOf('phq-9')[0], status: 'licensed', permission: 'RCP-2026-001' }
    expect(checkInstrument(instrumentOf('phq-9'), [pack], schemas)).toEqual([])
  })
})
