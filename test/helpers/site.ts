import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Runs `fn` with a web site at `http://localhost:<port>`: to servers on 127.0.0.1 that is another site. */
export async function withSite(
  fn: (
    origin: string,
    setFiles: (files: Readonly<Record<string, string>>) => void,
  ) => Promise<void>,
): Promise<void> {
  let site: Readonly<Record<string, string>> = {}
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const content = site[pathname === '/' ? '/index.html' : pathname]
    response.writeHead(content === undefined ? 404 : 200, {
      'Content-Type': 'text/html; charset=utf-8',
    })
    response.end(content)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    await fn(`http://localhost:${(server.address() as AddressInfo).port}`, (files) => {
      site = files
    })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
