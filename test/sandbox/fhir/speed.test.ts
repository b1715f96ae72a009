import { expect, test } from 'vitest'
import { searchRequestOf } from '../../../src/sandbox/fhir/search-request.ts'
import { createStore } from '../../../src/sandbox/fhir/store.ts'
import { observation } from './fhir-server.ts'

const NUMBER = 5000
const PATIENTS = 50
const category = [{ coding: [{ system: 'https://example.org/category', code: 'survey' }] }]

/** A plan of SQLite that joins the criteria row by row takes many seconds here; by index it is some milliseconds. */
test.each([
  ['category=survey&status=final&patient=p7&_sort=-date', NUMBER / PATIENTS],
  ['patient=p7&category=survey&status=final', NUMBER / PATIENTS],
  ['code=epds-total&date=ge2020&_sort=-date', NUMBER],
  ['identifier=https://example.org/sid|77', 1],
])('%s among 5,000 within a second', (query, expected) => {
  const store = createStore()
  store.atomically(() => {
    for (let n = 0; n < NUMBER; n++) {
      const effectiveDateTime = new Date(Date.UTC(2025, 0, 1, n)).toISOString()
      const resource = observation(`p${n % PATIENTS}`, `${n}`, { category, effectiveDateTime })
      store.put({ type: 'Observation', id: `o${n}`, method: 'POST', at: n, resource })
    }
  })
  const { clause, order } = searchRequestOf('Observation', query, { base: 'http://ehr.example/fhir', now: 0 }, false)
  const start = performance.now()
  expect(store.find('Observation', clause, order)).toHaveLength(expected)
  expect(performance.now() - start).toBeLessThan(1000)
  store.close()
})
