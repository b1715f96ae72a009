import type { Encounter, FhirResource, HumanName, Meta, Observation, Patient, Practitioner, RelatedPerson } from 'fhir/r4.js'
import { BASE, LOINC } from '../instrument/instrument.ts'
import { DELIVERY, DUE_DATE } from '../trajectory/history.ts'
import type { Stories, Story, StoryInfant, StoryName, StoryPractitioner } from './story.ts'
import { dateAt, instantAt, nameText, type StoryTime } from './story-day.ts'

export const MRN_SYSTEM = `${BASE}/sid/sandbox-mrn`

/** Marks what no person ever was or said. @see https://terminology.hl7.org/CodeSystem-v3-ActReason.html */
export const TEST_DATA: Meta = {
  security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST', display: 'test health data' }],
}

const ROLE_SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode'
const EN_REPRESENTATION = 'http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation'
const LANGUAGE_NAMES = { en: 'English', ja: 'Japanese' } as const
const MIDWIFE = 'Practitioner/midwife'

/** The hospital's staff of the stories. */
export const buildPractitioners = ({ practitioners }: Stories): Practitioner[] => practitioners.map(buildPractitioner)

/** Everybody and everything on a mother's record but questionnaires: herself, her infants, her partner, births and due dates. */
export function buildRecord(story: Story, time: StoryTime): FhirResource[] {
  const { infants = [], partner } = story
  return [
    buildMother(story),
    ...infants.flatMap((infant) => [buildChild(story, infant, time), buildInfant(infant, time)]),
    ...(partner ? [buildPartner(story, partner)] : []),
    ...buildFacts(story, time),
  ]
}

/** Her visit of today: she is in the house now. */
export function buildEncounter({ id }: Story, now: string): Encounter {
  return {
    resourceType: 'Encounter',
    id: encounterIdOf(id),
    meta: TEST_DATA,
    status: 'in-progress',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB', display: 'ambulatory' },
    type: [{ text: 'Perinatal check-up' }],
    subject: { reference: `Patient/${id}` },
    participant: [{ individual: { reference: MIDWIFE } }],
    period: { start: now },
  }
}

export const encounterIdOf = (motherId: string): string => `${motherId}-visit`

/** The mothers as the patient picker lists them. */
export const motherEntries = ({ mothers }: Stories): { id: string; name: string; birthDate: string }[] =>
  mothers.map(({ id, names, birthDate }) => ({ id, name: names.map(nameText).join(' / '), birthDate }))

function humanName(name: StoryName): HumanName {
  const { family, given, script } = name
  return {
    ...(script && { extension: [{ url: EN_REPRESENTATION, valueCode: script }] }),
    use: 'official',
    text: nameText(name),
    ...(family !== undefined && { family }),
    given: [...given],
  }
}

function buildPractitioner({ id, names, role }: StoryPractitioner): Practitioner {
  return {
    resourceType: 'Practitioner',
    id,
    meta: TEST_DATA,
    active: true,
    name: names.map(humanName),
    qualification: [{ code: { text: `${role.en} / ${role.ja}` } }],
  }
}

function buildMother({ id, mrn, names, birthDate, language }: Story): Patient {
  const coding = [{ system: 'urn:ietf:bcp:47', code: language, display: LANGUAGE_NAMES[language] }]
  return {
    resourceType: 'Patient',
    id,
    meta: TEST_DATA,
    language,
    identifier: [{ system: MRN_SYSTEM, value: mrn }],
    active: true,
    name: names.map(humanName),
    gender: 'female',
    birthDate,
    communication: [{ language: { coding }, preferred: true }],
  }
}

/** The infant on her record: this is what a response about the infant refers to, since she and her midwife may read it. */
function buildChild(mother: Story, { id, names, born, died, sex }: StoryInfant, { today }: StoryTime): RelatedPerson {
  const start = dateAt(today, born)
  return {
    resourceType: 'RelatedPerson',
    id,
    meta: TEST_DATA,
    active: died === undefined,
    patient: { reference: `Patient/${mother.id}` },
    relationship: [{ coding: [{ system: ROLE_SYSTEM, code: 'CHILD', display: 'child' }] }],
    name: names.map(humanName),
    gender: sex,
    birthDate: start,
    period: { start, ...(died !== undefined && { end: dateAt(today, died) }) },
  }
}

/** The infant's own record, linked with the entry on the mother's. */
function buildInfant({ id, names, born, died, sex }: StoryInfant, { today }: StoryTime): Patient {
  return {
    resourceType: 'Patient',
    id,
    meta: TEST_DATA,
    active: died === undefined,
    name: names.map(humanName),
    gender: sex,
    birthDate: dateAt(today, born),
    ...(died !== undefined && { deceasedDateTime: dateAt(today, died) }),
    link: [{ other: { reference: `RelatedPerson/${id}` }, type: 'seealso' }],
  }
}

function buildPartner(mother: Story, { id, names }: NonNullable<Story['partner']>): RelatedPerson {
  return {
    resourceType: 'RelatedPerson',
    id,
    meta: TEST_DATA,
    active: true,
    patient: { reference: `Patient/${mother.id}` },
    relationship: [{ coding: [{ system: ROLE_SYSTEM, code: 'SPS', display: 'spouse' }] }],
    name: names.map(humanName),
    gender: 'male',
  }
}

const FACT = {
  delivery: { code: DELIVERY, text: 'Delivery date' },
  'due-date': { code: DUE_DATE, text: 'Expected date of delivery' },
} as const

/** Recorded at the birth; a due date ten weeks into the pregnancy. */
const RECORDED = { delivery: 0, 'due-date': -210 } as const

function buildFacts({ id, facts = [] }: Story, time: StoryTime): Observation[] {
  return facts.map(({ kind, day }) => ({
    resourceType: 'Observation',
    id: `${id}-${kind}`,
    meta: TEST_DATA,
    status: 'final',
    code: { coding: [{ system: LOINC, code: FACT[kind].code }], text: FACT[kind].text },
    subject: { reference: `Patient/${id}` },
    effectiveDateTime: instantAt(time, day + RECORDED[kind], '05:40'),
    performer: [{ reference: MIDWIFE }],
    valueDateTime: kind === 'delivery' ? instantAt(time, day, '05:10') : dateAt(time.today, day),
  }))
}
