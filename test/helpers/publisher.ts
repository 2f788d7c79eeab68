import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { withBrowser } from '../../scripts/lib/browser.ts'

/** A publisher's web site: path to content, and the policy of all its pages. */
export interface Site {
  readonly files: Readonly<Record<string, string>>
  readonly policy: string
}

/** A page of the site, open, and what the browser complained about. */
export interface OpenPage {
  readonly page: Page
  /** Lines of the console and errors of scripts, as they come. */
  readonly errors: readonly string[]
}

const TYPES: Record<string, string> = {
  css: 'text/css',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript',
}

/** What Chromium itself says of a request that was answered with an error, or not at all. */
const FAILED_REQUEST = /^Failed to load resource/

/** Opens `/` of the site; `prepare` comes before. */
export type OpenSite = (site: Site, prepare?: (page: Page) => Promise<unknown>) => Promise<OpenPage>

/** Runs `fn` with an origin, `http://localhost:<port>`: to servers on 127.0.0.1 that is another site. */
export async function withPublisher(
  fn: (origin: string, open: OpenSite) => Promise<unknown>,
): Promise<void> {
  let site: Site = { files: {}, policy: '' }
  const server = createServer((request, response) => answer(site, request.url ?? '/', response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  try {
    await withBrowser((browser) =>
      fn(origin, async (opened, prepare) => {
        site = opened
        return openPage(browser, origin, prepare)
      }),
    )
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** Leaves out what Chromium says of failed requests: pages cannot prevent that. */
export function faultsIn(errors: readonly string[]): string[] {
  return errors.filter((error) => !FAILED_REQUEST.test(error))
}

function answer({ files, policy }: Site, url: string, response: ServerResponse): void {
  const name = url === '/' ? '/index.html' : url
  const content = files[name]
  response.setHeader('Content-Security-Policy', policy)
  response.setHeader('Content-Type', TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? '')
  response.statusCode = content === undefined ? 404 : 200
  response.end(content)
}

async function openPage(
  browser: Browser,
  origin: string,
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<OpenPage> {
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(error.message))
  await prepare(page)
  await page.goto(origin)
  return { page, errors }
}
