/** A process of its own: writes a Patient, then never gets to the end of a transaction. It is there to be killed. */
import { createStore } from '../../../src/sandbox/fhir/store.ts'

const store = createStore({ file: process.argv[2] ?? '' })
const write = (type: string, id: string) =>
  store.put({ type, id, method: 'PUT', at: 0, resource: { resourceType: type, id, note: [{ text: 'x'.repeat(5000) }] } })

write('Patient', 'p')
store.atomically(() => {
  for (let n = 0; ; n++) {
    write('Observation', `o${n}`)
    if (n === 5000) process.stdout.write('in the middle\n')
  }
})
