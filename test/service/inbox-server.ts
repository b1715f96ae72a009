import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { LogEvent } from '../../src/log.ts'
import { type DurableStore, openStore } from '../../src/queue/open-store.ts'
import { createInbox, inboxToken } from '../../src/service/inbox.ts'
import { newFolder } from '../queue/store.ts'

export const SECRET = 'a secret of this test, long enough'

/** An inbox of the tenant `hospital` on a port of its own. */
export async function startInbox(store: DurableStore = openStore({ folder: newFolder() })) {
  const events: LogEvent[] = []
  const inbox = createInbox({
    secrets: [SECRET],
    tenants: ['hospital'],
    queue: store.queue,
    values: store.values,
    log: (_level, event) => events.push(event),
  })
  const server = createServer(express().use(inbox)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    base,
    events,
    store,
    endpoint: `${base}/inbox/subscription/hospital`,
    header: [`Authorization: Bearer ${inboxToken(SECRET, 'hospital')}`],
    close: () => {
      server.closeAllConnections()
      server.close()
      store.close()
    },
  }
}
