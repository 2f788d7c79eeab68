import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { withBrowser } from './browser.ts'

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

/** Opens `/` of a site in a browser, as `localhost`: to servers on 127.0.0.1 that is another site. */
export function withPublisher(
  site: Site,
  fn: (opened: OpenPage) => Promise<void>,
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<void> {
  return withSite(site, (url) =>
    withBrowser(async (browser) => {
      const opened = await openPage(browser)
      await prepare(opened.page)
      await opened.page.goto(url)
      await fn(opened)
    }),
  )
}

/** Leaves out what Chromium says of failed requests: pages cannot prevent that. */
export function faultsIn(errors: readonly string[]): string[] {
  return errors.filter((error) => !FAILED_REQUEST.test(error))
}

async function withSite(site: Site, fn: (url: string) => Promise<void>): Promise<void> {
  const server = serveSite(site).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await fn(`http://localhost:${(server.address() as AddressInfo).port}/`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

function serveSite({ files, policy }: Site): Server {
  return createServer(({ url = '/' }, response) => {
    const name = url === '/' ? '/index.html' : url
    const content = files[name]
    response.setHeader('Content-Security-Policy', policy)
    response.setHeader('Content-Type', TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? '')
    response.statusCode = content === undefined ? 404 : 200
    response.end(content)
  })
}

async function openPage(browser: Browser): Promise<OpenPage> {
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(error.message))
  return { page, errors }
}
