/** The snippets of docs/advertisers.md, run as they stand there against a server that collects. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { BROWSER_AGENT } from '../../scripts/lib/visitors.ts'
import { withFolder } from '../helpers/folders.ts'

const DOCUMENT = await readFile(new URL('../../docs/advertisers.md', import.meta.url), 'utf8')
const TOKEN = 'token-of-the-shop-1'
const ENVIRONMENT = { ...process.env, TOKEN }
const run = promisify(execFile)

/** The click ids that the document names, in its order. */
const NAMED_CLICKS = [
  '4503599627370496.Ok11jGzRpHqp46LlOsrtkl',
  '4503599627370497.9Y0w1wGJ3qjQkq2nYw0hXQ',
]

interface Shop {
  readonly server: string
  /** Of two clicks. */
  readonly clickIds: readonly string[]
  /** A block of the document, with the server's address and the click ids put in. */
  readonly snippet: (language: string, nth?: number) => string
  /** Runs a script that prints JSON. */
  readonly sh: (script: string) => Promise<unknown>
}

/** Runs `fn` where two visitors have clicked; gives what is kept of conversions: number, which click, revenue. */
async function withShop(
  fn: (shop: Shop) => Promise<void>,
  hash = createHash('sha256').update(TOKEN).digest('hex'),
): Promise<string[]> {
  return withFolder(async (folder) => {
    await writeBuild(folder, rowsOf({ 12: [101, 102] }))
    await writeFile(join(folder, 'tokens'), tokenFile(hash))
    const events = join(folder, 'events')
    const flags = ['--artifacts', folder, '--port', '0', '--collect', events]
    const more = ['--conversion-tokens', join(folder, 'tokens')]
    const target = ['--click-url', 'https://shop.example/offer']
    const clickIds: string[] = []
    await runServer([...flags, ...more, ...target], async (server) => {
      clickIds.push(await click(server), await click(server))
      const snippet = (language: string, nth?: number) =>
        fill(block(language, nth), server, clickIds)
      const sh = async (script: string) =>
        JSON.parse((await run('sh', ['-c', script], { env: ENVIRONMENT })).stdout)
      await fn({ server, clickIds, snippet, sh })
    })
    const kept = await readConversions(events)
    // Which numbers clicks get depends on the quarter of the hour.
    const places = clickIds.map((id, place) => [id.split('.')[0], `click ${place + 1}`] as const)
    return kept.map((line) =>
      places.reduce((text, [id = '', name]) => text.replace(`,${id},`, `,${name},`), line),
    )
  })
}

describe('docs/advertisers.md', () => {
  it('reports a conversion by its curl, and gets the answer that stands below it', async () => {
    const kept = await withShop(async ({ snippet, sh }) => {
      const answer = JSON.parse(snippet('json'))
      expect(await sh(snippet('sh'))).toEqual(answer)
      expect(await sh(snippet('sh'))).toEqual({ ...answer, status: 'repeat' })
    })

    expect(kept).toEqual(['1001,click 1,12.5'])
  })

  it('reports many at once by its curl', async () => {
    const kept = await withShop(async ({ snippet, sh }) => {
      expect(await sh(snippet('sh', 1))).toEqual({
        results: [
          { conversion_id: '1001', code: 200, status: 'counted' },
          { conversion_id: '1002', code: 200, status: 'counted' },
        ],
      })
    })

    expect(kept).toEqual(['1001,click 1,12.5', '1002,click 2,3'])
  })

  it.each([
    ['TypeScript', runTypeScript, 2001],
    ['Python', runPython, 2002],
  ])('reports a conversion from a server in %s', async (_, report, id) => {
    const kept = await withShop(async ({ server, clickIds }) => {
      const counted = { conversion_id: String(id), status: 'counted' }
      expect(await report(server, order(id, clickIds[0]))).toEqual(counted)
    })

    expect(kept).toEqual([`${id},click 1,7.25`])
  })

  it.each([
    ['TypeScript', runTypeScript],
    ['Python', runPython],
  ])('sends it again in %s where it cannot be written now', async (_, report) => {
    await withBusyServer(async (server) => {
      const sent = order(2003, NAMED_CLICKS[0])
      expect(await report(server, sent)).toEqual({ attempts: 2, sent: JSON.parse(sent) })
    })
  })

  it('takes the hash of a token that is made as it says, and refuses another token', async () => {
    const [, command = ''] = /`(printf %s [^`]*)`/.exec(DOCUMENT) ?? []
    const { stdout } = await run('sh', ['-c', command], { env: ENVIRONMENT })
    const kept = await withShop(
      async ({ snippet, sh }) => {
        const wrong = snippet('sh').replace('$TOKEN', 'nobodys-token-12345')
        expect(await sh(wrong)).toMatchObject({ status: 401 })
        expect(await sh(snippet('sh'))).toMatchObject({ status: 'counted' })
      },
      stdout.slice(0, 64),
    )

    expect(kept).toEqual(['1001,click 1,12.5'])
  })
})

/** The nth block of a language. */
function block(language: string, nth = 0): string {
  const blocks = [...DOCUMENT.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))]
  const [, text] = blocks[nth] ?? []
  if (text === undefined) throw new Error(`docs/advertisers.md has no block ${nth} of ${language}`)
  return text
}

/** The file of tokens of the document, with a hash instead of the one that stands there. */
function tokenFile(hash: string): string {
  return block('text', 1).replace(/sha256:[0-9a-f]{64}/, `sha256:${hash}`)
}

function fill(text: string, server: string, clickIds: readonly string[]): string {
  const withServer = text.replaceAll('https://banners.example', server)
  return NAMED_CLICKS.reduce(
    (filled, named, place) => filled.replaceAll(named, clickIds[place] ?? ''),
    withServer,
  )
}

async function click(server: string): Promise<string> {
  const headers = { 'user-agent': BROWSER_AGENT }
  const answer = await fetch(`${server}/campaigns/12`, { headers })
  const { click_url } = (await answer.json()) as { click_url: string }
  const { headers: found } = await fetch(click_url, { headers, redirect: 'manual' })
  return new URL(found.get('location') ?? '').searchParams.get('click_id') ?? ''
}

function order(conversionId: number, clickId = ''): string {
  return JSON.stringify({ conversion_id: conversionId, click_id: clickId, revenue: 7.25 })
}

async function runTypeScript(server: string, conversion: string): Promise<unknown> {
  const call = `console.log(JSON.stringify(await reportConversion(${conversion})))`
  const text = `${fill(block('ts'), server, [])}\n${call}`
  const { code } = await transform(text, { loader: 'ts' })
  const words = ['--input-type=module', '--eval', code]
  return JSON.parse((await run(process.execPath, words, { env: ENVIRONMENT })).stdout)
}

async function runPython(server: string, conversion: string): Promise<unknown> {
  const call = `print(json.dumps(report_conversion(${conversion})))`
  const text = `${fill(block('python'), server, [])}\n${call}`
  return JSON.parse((await run('python3', ['-c', text], { env: ENVIRONMENT })).stdout)
}

/** A server that is busy at first, and then tells how often it was asked, and what for. */
async function withBusyServer(fn: (server: string) => Promise<void>): Promise<void> {
  let attempts = 0
  const server = createServer(async (request, response) => {
    attempts++
    const sent = await json(request)
    response.writeHead(attempts === 1 ? 503 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ attempts, sent }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    await fn(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** Lines of conversions, `event` left out. */
async function readConversions(events: string): Promise<string[]> {
  const lines: string[] = []
  for (const dataset of ['1', '2', '3', '4']) {
    const names = await readdir(join(events, dataset))
    for (const name of names.filter((file) => file.startsWith('conversions_'))) {
      const text = await readFile(join(events, dataset, name), 'utf8')
      lines.push(...text.split('\n').slice(1, -1))
    }
  }
  return lines.map((line) => line.slice(line.indexOf(',') + 1))
}
