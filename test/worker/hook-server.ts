import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** A pager on a port of its own: what it was told, and with which authorization; `status` is what it answers. */
export async function startHook() {
  const told: { readonly message: Record<string, unknown>; readonly authorization?: string | undefined }[] = []
  const answer = { status: 200 }
  const server = createServer(async (req, res) => {
    told.push({ message: (await json(req)) as Record<string, unknown>, authorization: req.headers.authorization })
    res.writeHead(answer.status).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`, told, answer, close: () => server.close() }
}
