import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens and says at which address: `http://` host and port, the port the system's choice for 0. Rejects with what listening throws (`EADDRINUSE`, `EACCES`). */
export function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      const { address, family, port: chosen } = server.address() as AddressInfo
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${chosen}`)
    })
  })
}
