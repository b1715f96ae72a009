import type { CapabilityStatement, OperationOutcome } from 'fhir/r4.js'
import { abilitiesOf } from '../../ehr/abilities.ts'
import type { FhirServer } from '../../ehr/fhir-server.ts'
import { AssessmentError } from '../../errors.ts'
import { BASE } from '../../instrument/instrument.ts'
import { type Examination, type Finding, fail, ok, reasonOf, skipped, warn } from './finding.ts'

/** What the server says that it can do, and what will be different where it cannot. */
export function checkAbilities(statement: CapabilityStatement): Finding[] {
  const abilities = abilitiesOf(statement)
  const without = ['RiskAssessment', 'Provenance'].filter((type) => !abilities.holds(type))
  const searched = searchParameters(statement)
  return [
    abilities.transaction
      ? ok('transaction', 'results of a response are written together')
      : warn('transaction', 'not offered', 'Results are written one by one, each after those it points at; nothing else to do.'),
    abilities.holds('Observation')
      ? ok('observations', 'held')
      : fail('observations', 'not held', 'There is nowhere to write scores: use --emit bundle and another server.'),
    without.length === 0
      ? ok('types', 'RiskAssessment and Provenance are held')
      : warn(
          'types',
          `not held: ${without.join(', ')}`,
          'They are left out, and every receipt says so. Without RiskAssessment the tier is not in the chart.',
        ),
    abilities.of('Observation').conditionalCreate
      ? ok('conditional create', 'If-None-Exist is heeded')
      : warn('conditional create', 'not offered', 'Let one service alone write (writer), and run kizuna dedupe now and then.'),
    searched,
  ]
}

const SEARCHED: Readonly<Record<string, readonly string[]>> = {
  QuestionnaireResponse: ['subject'],
  Observation: ['identifier', 'subject', 'code'],
  RiskAssessment: ['identifier', 'subject'],
}

function searchParameters({ rest }: CapabilityStatement): Finding {
  const resources = rest?.find(({ mode }) => mode === 'server')?.resource
  const missing = Object.entries(SEARCHED).flatMap(([type, names]) => {
    const listed = resources?.find((one) => one.type === type)?.searchParam?.map(({ name }) => name)
    return listed === undefined ? [] : names.filter((name) => !listed.includes(name)).map((name) => `${type}.${name}`)
  })
  if (missing.length === 0) return ok('search', 'results can be found again')
  return fail(
    'search',
    `not searchable: ${missing.join(', ')}`,
    'Without these, results cannot be found again and would be doubled: have the search parameters switched on.',
  )
}

/** Reads one page, validates one Observation, and sends a transaction without entries: all of it leaves the server as it was. */
export async function checkWork({ server }: Examination): Promise<readonly Finding[]> {
  if (server === undefined) return [skipped('read', 'no token'), skipped('dry write', 'no token')]
  return [await read(server), await validate(server), await emptyTransaction(server)]
}

async function read(server: FhirServer): Promise<Finding> {
  try {
    for await (const _ of server.search('QuestionnaireResponse', { _count: '1' })) break
    return ok('read', 'responses can be searched')
  } catch (error) {
    return fail('read', reasonOf(error), fixOf(error))
  }
}

async function validate(server: FhirServer): Promise<Finding> {
  try {
    const issues = await issuesOf(server)
    const errors = issues.filter(({ severity }) => severity === 'error' || severity === 'fatal')
    if (errors.length === 0) return ok('dry write', 'a score Observation passes $validate')
    const said = errors
      .slice(0, 3)
      .map(({ code, diagnostics, details }) => `${code}: ${(diagnostics ?? details?.text ?? '').slice(0, 200)}`)
    return warn(
      'dry write',
      `$validate finds ${errors.length} errors: ${said.join('; ')}`,
      'Publish our artifacts there (kizuna publish), so that its validator knows the code systems; ask which profiles it demands.',
    )
  } catch (error) {
    if (isUnoffered(error)) return skipped('dry write', 'the server has no $validate')
    return fail('dry write', reasonOf(error), fixOf(error))
  }
}

async function issuesOf(server: FhirServer): Promise<OperationOutcome['issue']> {
  const outcome = (await server.operation('Observation/$validate', EXAMPLE)) as OperationOutcome
  return outcome.issue ?? []
}

async function emptyTransaction(server: FhirServer): Promise<Finding> {
  try {
    if (!(await server.abilities()).transaction) return skipped('empty transaction', 'not offered')
    await server.transaction({ resourceType: 'Bundle', type: 'transaction', entry: [] })
    return ok('empty transaction', 'accepted')
  } catch (error) {
    if (error instanceof AssessmentError && error.code === 'processing')
      return skipped('empty transaction', 'the server takes none without entries')
    return fail('empty transaction', reasonOf(error), fixOf(error))
  }
}

const isUnoffered = (error: unknown): boolean =>
  error instanceof AssessmentError && ['not-found', 'not-supported', 'processing', 'forbidden'].includes(error.code)

function fixOf(error: unknown): string {
  const code = error instanceof AssessmentError ? error.code : undefined
  if (code === 'login') return 'The token is not accepted: check audience and clock, or get a new one.'
  if (code === 'forbidden') return 'The token does not reach that far: check the scopes, and what the account behind the client may see.'
  return code === 'transient' ? 'The server fails: try again later, and tell the operator.' : 'Ask the operator what the server expects.'
}

/** About nobody. */
const EXAMPLE = {
  resourceType: 'Observation' as const,
  status: 'final' as const,
  category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'survey' }] }],
  code: { coding: [{ system: `${BASE}/CodeSystem/score`, code: 'epds-total' }], text: 'Kizuna doctor: not stored' },
  subject: { display: 'nobody' },
  effectiveDateTime: '2026-01-01T00:00:00Z',
  valueQuantity: { value: 0, unit: '{score}', system: 'http://unitsofmeasure.org', code: '{score}' },
}
