import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Runs `fn` with a web site at `http://localhost:<port>`: to servers on 127.0.0.1 that is another site. `asked` are the
 * paths that were asked for so far, with their queries.
 */
export async function withSite(
  fn: (
    origin: string,
    setFiles: (files: Readonly<Record<string, string>>) => void,
    asked: readonly string[],
  ) => Promise<void>,
): Promise<void> {
  let site: Readonly<Record<string, string>> = {}
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const content = site[pathname === '/' ? '/index.html' : pathname]
    response.writeHead(content === undefined ? 404 : 200, {
      'Content-Type': 'text/html; charset=utf-8',
    })
    response.end(content)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    const setFiles = (files: Readonly<Record<string, string>>) => {
      site = files
    }
    await fn(`http://localhost:${(server.address() as AddressInfo).port}`, setFiles, asked)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
