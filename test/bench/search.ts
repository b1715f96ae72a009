import { searchRequestOf } from '../../src/sandbox/fhir/search-request.ts'
import { createStore } from '../../src/sandbox/fhir/store.ts'
import { observation } from '../sandbox/fhir/fhir-server.ts'

// `node test/bench/search.ts [number]`: searches of the embedded EHR, each as a ratio to the search of one identifier in the same run. By index a
// combined search takes some tens of it; a plan that joins its criteria row by row takes many thousands.

const number = Number(process.argv[2] ?? 10_000)
const PATIENTS = 50
const ROUNDS = 20
const category = [{ coding: [{ system: 'https://example.org/category', code: 'survey' }] }]

const store = createStore()
store.atomically(() => {
  for (let n = 0; n < number; n++) {
    const effectiveDateTime = new Date(Date.UTC(2025, 0, 1, n)).toISOString()
    store.put({
      type: 'Observation',
      id: `o${n}`,
      method: 'POST',
      at: n,
      resource: observation(`p${n % PATIENTS}`, `${n}`, { category, effectiveDateTime }),
    })
  }
})

function millisecondsOf(query: string): number {
  const { clause, order } = searchRequestOf('Observation', query, { base: 'http://ehr.example/fhir', now: 0 }, false)
  store.find('Observation', clause, order)
  const start = performance.now()
  for (let round = 0; round < ROUNDS; round++) store.find('Observation', clause, order)
  return (performance.now() - start) / ROUNDS
}

const reference = millisecondsOf('identifier=https://example.org/sid|77')
process.stdout.write(`${number} Observations; one identifier ${reference.toFixed(2)} ms\n`)
for (const query of [
  'patient=p7',
  'patient=p7&category=survey&status=final',
  'category=survey&status=final&patient=p7&_sort=-date',
  'code=epds-total&date=ge2020&_sort=-date',
]) {
  const took = millisecondsOf(query)
  process.stdout.write(`${query.padEnd(56)} ${took.toFixed(2)} ms, ratio ${(took / reference).toFixed(0)}\n`)
}
store.close()
