/** Requests that nobody foresaw, over raw sockets: each gets an answer that is documented, and the server lives on. */
import { connect } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { parseLog, runServer } from '../../scripts/lib/run-server.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'

const RUNS = Number(process.env.FUZZ_RUNS ?? 10_000)
const SEED = 20261123

/** docs/http.md, and the routes' own. Never 5xx. */
const DOCUMENTED = [200, 204, 302, 303, 304, 308, 400, 404, 405, 408, 414, 417, 421, 431]

const hostile = fc.constantFrom(
  '__proto__',
  'constructor',
  '..%2f..%2fetc%2fpasswd',
  '../../etc/passwd',
  '%00',
  '%',
  '%E0%A4%A',
  '%C0%AE',
  '0',
  '-1',
  '1e3',
  '9007199254740991',
  '9007199254740992',
  '7',
  "7'--",
  '７',
  '\u202e7',
  'x'.repeat(5_000),
)
const segment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('7', '30', '10') },
  { weight: 2, arbitrary: hostile },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 1, arbitrary: fc.nat({ max: 100 }).map(String) },
)
const path = fc.oneof(
  segment.map((id) => `/campaigns/${id}`),
  segment.map((id) => `/images/${id}`),
  segment.map((id) => `/explorer/campaigns/${id}?draw=1`),
  segment.map((id) => `/explorer/campaigns/7/banners/${id}`),
  segment.map((id) => `/explorer/campaigns/7/banners?id=${id}`),
  fc.tuple(segment, segment).map(([a, b]) => `/?q=${a}&page=${b}`),
  fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`),
  fc.tuple(segment, segment).map(([a, b]) => `/campaigns/7?dataset=${a}&exclude=${b}`),
  fc.tuple(segment, segment).map(([a, b]) => `/campaigns/7?${a}=${b}&${a}=${b}`),
  fc.constantFrom(
    '*',
    '/',
    '//',
    '/docs/../../package.json',
    'http://a.example/campaigns/7',
    '/openapi.json?',
  ),
  fc.string({ maxLength: 50 }).map((text) => `/${text}`),
)
const method = fc.oneof(
  { weight: 5, arbitrary: fc.constant('GET') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'HEAD',
      'POST',
      'PUT',
      'OPTIONS',
      'TRACE',
      'PROPFIND',
      'CONNECT',
      'get',
      'BREW',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
)
const header = fc.oneof(
  fc.constantFrom(
    'Accept: text/html',
    'Accept: image/*;q=0.1, ;;q=,',
    'Accept-Encoding: gzip;q=0, \u0000',
    `Cookie: ${'last=30; '.repeat(900)}`,
    `Cookie: last=${'9'.repeat(8_000)}`,
    'Cookie: __proto__=1; last=__proto__',
    'If-None-Match: *',
    'If-None-Match: "',
    'Range: bytes=0-',
    'Content-Length: 5',
    'Content-Length: -5',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip, chunked',
    'Expect: 100-continue',
    'Expect: the-unexpected',
    'Upgrade: websocket\r\nConnection: Upgrade',
    'X-Forwarded-Host: evil.example',
    'Host: second.example',
    'Origin: null',
    'X-Split: a\r\nSet-Cookie: b=c',
    'X-Folded: a\r\n b',
    `X-Long: ${'x'.repeat(20_000)}`,
  ),
  fc
    .tuple(fc.string({ maxLength: 10 }), fc.string({ maxLength: 50 }))
    .map(([a, b]) => `${a}: ${b}`),
)
/** Mostly what is usual: of a request that is wrong everywhere, only the first fault is seen. */
function mostly(usual: string, others: string[]) {
  return fc.oneof(
    { weight: 9, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  )
}

const request = fc.record({
  method,
  path,
  version: mostly('HTTP/1.1', ['HTTP/1.0', 'HTTP/2.0', 'HTTP']),
  host: mostly('Host: localhost', ['Host: a b', 'Host:', '']),
  headers: fc.array(header, { maxLength: 2 }),
  body: mostly('', ['x=1', '5\r\nhello\r\n0\r\n\r\n', '\u0000\u0001']),
})

/** What the server says until it closes, or nothing more comes for a moment. */
function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    const end = () => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(300, end)
    socket.on('error', end)
    socket.on('close', end)
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
    })
    // With FIN behind it, the server knows that no more will come, and closes after its answer.
    socket.end(text, 'utf8')
  })
}

describe('a fuzzed request', () => {
  it(`gets a documented answer, ${RUNS} times, and the server lives on`, {
    timeout: 900_000,
  }, async () => {
    await withFolder(async (folder) => {
      await writeBuild(folder, rowsOf({ 7: [30, 10] }))
      const statuses = new Map<number, number>()

      const result = await runServer(['--artifacts', folder, '--port', '0'], async (url, child) => {
        const port = Number(new URL(url).port)
        await fc.assert(
          fc.asyncProperty(request, async ({ method, path, version, host, headers, body }) => {
            const head = [`${method} ${path} ${version}`, host, ...headers].filter(
              (line) => line !== '',
            )
            const answer = await exchange(port, `${head.join('\r\n')}\r\n\r\n${body}`)
            for (const [, code] of answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)) {
              const status = Number(code)
              statuses.set(status, (statuses.get(status) ?? 0) + 1)
              if (status !== 100) expect(DOCUMENTED).toContain(status)
            }
            expect(answer).not.toMatch(/^Set-Cookie: b=c/im)
            expect(child.exitCode).toBeNull()
          }),
          { numRuns: RUNS, seed: SEED },
        )
        expect((await fetch(`${url}/campaigns/7`)).status).toBe(200)
      })

      console.log(Object.fromEntries([...statuses].sort()))
      expect(statuses.get(200)).toBeGreaterThan(RUNS / 100)
      expect(statuses.get(400)).toBeGreaterThan(RUNS / 100)
      expect(result.code).toBe(0)
      const lines = parseLog(result).filter(({ event }) => event !== 'refused')
      const messages = lines.map(({ msg }) => String(msg))
      // These pools have no figures for the explorer to show.
      const others = messages.filter((message) => !message.startsWith('the explorer shows no'))
      expect(others).toEqual([
        expect.stringMatching(/^listening on /),
        'SIGTERM: stopping',
        'stopped',
      ])
    })
  })
})

describe('a path trick', () => {
  it.each([
    '/images/../secret.png',
    '/images/..%2fsecret.png',
    '/images/%2e%2e%2fsecret.png',
    '/images/..\\secret.png',
    '/images/%252e%252e%252fsecret.png',
    '/images//secret.png',
    '/images/./30/../../secret.png',
    '/images/image_30.png',
    '/images/30%00.png',
    '/images/30;/../secret.png',
    'http://localhost/images/../../secret.png',
    '/docs/../secret.png',
    '/docs/..%2f..%2fpackage.json',
    '/docs/swagger-ui.css.map',
    '/docs/package.json',
  ])('such as %s finds nothing outside', async (trick) => {
    await withFolder(async (folder) => {
      const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex')
      await writeFiles(folder, { 'secret.png': 'TOP SECRET', 'pictures/image_30.png': jpeg })
      await writeBuild(folder, rowsOf({ 7: [30] }))
      const answers: string[] = []

      await runServer(
        ['--artifacts', folder, '--port', '0', '--images', `${folder}/pictures`],
        async (url) => {
          const text = `GET ${trick} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
          answers.push(await exchange(Number(new URL(url).port), text))
        },
      )

      expect(answers[0]).toMatch(/^HTTP\/1\.1 (400|404) /)
      expect(answers[0]).not.toContain('TOP')
    })
  })
})
