import { ALWAYS, type Clause, NEVER, whereValue } from './clause.ts'
import { parameterOf, SEARCH_PARAMETERS } from './search-parameters.ts'
import type { Store } from './store.ts'

const MEMBER_TYPES = Object.keys(SEARCH_PARAMETERS).filter((type) => parameterOf(type, 'patient') && type !== 'Provenance')

/**
 * What a grant that is confined to one patient may reach of a type: the Patient herself, what names her as patient or subject,
 * and Provenance all of whose targets are hers. Reading reaches further: her infants (and who is related to them), and what
 * belongs to no patient at all, such as Questionnaire or Practitioner.
 * @see https://hl7.org/fhir/R4/compartmentdefinition-patient.html
 */
export function compartmentClause(store: Store, type: string, patient: string, reading: boolean): Clause {
  const persons = () => (reading ? reachablePatients(store, patient) : [`Patient/${patient}`])
  if (type === 'Patient') return whereValue(type, '_id', oneOf(persons().map((ref) => ref.slice('Patient/'.length))))
  if (type === 'RelatedPerson') return whereValue(type, 'patient', oneOf(persons()))
  if (type === 'Provenance') return provenanceClause(patient)
  if (MEMBER_TYPES.includes(type)) return whereValue(type, 'patient', oneOf([`Patient/${patient}`]))
  return reading ? ALWAYS : NEVER
}

/**
 * The patient and the infants linked to her: by Patient.link of either, directly or over a RelatedPerson
 * (`RelatedPerson.patient` the mother and linked from the infant, or the other way round).
 */
export function reachablePatients(store: Store, patient: string): string[] {
  const self = `Patient/${patient}`
  const linked = store.column({ sql: LINKED, values: [self, self, self, self, self] })
  return [...new Set([self, ...linked.map(String)])]
}

const LINKED = `
SELECT l.text FROM value l JOIN resource s ON s.key = l.key WHERE s.ref = ? AND l.param = 'link' AND l.text LIKE 'Patient/%'
UNION SELECT s.ref FROM value l JOIN resource s ON s.key = l.key WHERE l.type = 'Patient' AND l.param = 'link' AND l.text = ?
UNION SELECT s.ref FROM value p JOIN resource p_r ON p_r.key = p.key
  JOIN value l ON l.type = 'Patient' AND l.param = 'link' AND l.text = p_r.ref JOIN resource s ON s.key = l.key
  WHERE p.type = 'RelatedPerson' AND p.param = 'patient' AND p.text = ?
UNION SELECT p.text FROM value l JOIN resource s ON s.key = l.key JOIN resource p_r ON p_r.ref = l.text AND p_r.type = 'RelatedPerson'
  JOIN value p ON p.key = p_r.key AND p.param = 'patient' WHERE s.ref = ? AND l.param = 'link' AND p.text <> ?`

const oneOf = (texts: readonly string[]): Clause => ({ sql: 'v.text IN (SELECT value FROM json_each(?))', values: [JSON.stringify(texts)] })

/** Provenance with a target in the compartment and none outside. */
function provenanceClause(patient: string): Clause {
  const self = `Patient/${patient}`
  const types = MEMBER_TYPES.map((type) => `'${type}'`).join(', ')
  const members = `SELECT ? UNION SELECT m_r.ref FROM value m JOIN resource m_r ON m_r.key = m.key
    WHERE m.type IN (${types}) AND m.param = 'patient' AND m.text = ?`
  const sql = `r.key IN (SELECT t.key FROM value t WHERE t.type = 'Provenance' AND t.param = 'target' AND t.text IN (${members}))
    AND NOT EXISTS (SELECT 1 FROM value o WHERE o.key = r.key AND o.param = 'target' AND o.text NOT IN (${members}))`
  return { sql: `(${sql})`, values: [self, self, self, self] }
}
