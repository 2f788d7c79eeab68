/**
 * Chromium without a debugger: with one, as tests have it usually, it renders no page ahead of time. Nobody steers it, so
 * the pages themselves do what a visitor would.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { BROWSER_FLAGS, findBrowser } from '../../scripts/lib/browser.ts'
import { BROWSER_AGENT } from '../../scripts/lib/visitors.ts'
import { withFolder } from './folders.ts'

/** Opens a page in a window of its own browser while `fn` runs. */
export async function withUndrivenBrowser(url: string, fn: () => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    // Chromium without a window says so, as robots do.
    const own = [`--user-data-dir=${join(folder, 'profile')}`, `--user-agent=${BROWSER_AGENT}`]
    const words = ['--headless=new', ...BROWSER_FLAGS, ...own, url]
    // A group of its own: what it starts goes with it, and writes no more into the profile.
    const browser = spawn(findBrowser(), words, { stdio: 'ignore', detached: true })
    try {
      await fn()
    } finally {
      await end(browser)
    }
  })
}

async function end(browser: ChildProcess): Promise<void> {
  if (browser.pid === undefined || browser.exitCode !== null) return
  const ended = once(browser, 'exit')
  browser.kill('SIGTERM')
  await ended
  try {
    process.kill(-browser.pid, 'SIGKILL')
  } catch {
    // None is left.
  }
}
