import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Debian and others install it; playwright-core brings none of its own. */
const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** As root, as in a container, Chromium starts without its sandbox only; the rest keeps it off the network. */
export const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Finds Chromium.
 *
 * @throws {Error} If there is none.
 */
export function findBrowser(): string {
  const found = PATHS.find((path) => existsSync(path))
  if (found === undefined) throw new Error(`no Chromium at ${PATHS.join(', ')}`)
  return found
}

/** Runs `fn` with a headless Chromium and closes it afterwards. Fails if there is none. */
export async function withBrowser<T>(fn: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_FLAGS })
  try {
    return await fn(browser)
  } finally {
    await browser.close()
  }
}
