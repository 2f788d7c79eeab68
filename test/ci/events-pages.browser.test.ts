/** Pages that Chromium renders ahead of time, and pages that it keeps for the way back: what a server counts of them. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rowsOf, writeBuild } from '../../scripts/lib/pool-files.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { type Collected, readCollected } from '../helpers/collected.ts'
import { withFolder } from '../helpers/folders.ts'
import { withSite } from '../helpers/site.ts'
import { withUndrivenBrowser } from '../helpers/undriven-browser.ts'

const LIMIT = { timeout: 60_000, interval: 50 }

/** Of the publisher's pages: they tell the site what they see, and go on once it has a file. */
const SCRIPT = `
  const say = (word) => fetch('/said?' + word)
  const told = async (name) => {
    while (!(await fetch('/' + name).catch(() => ({}))).ok) await rest(50)
  }
  const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms))`

interface Visit {
  /** Waits until a page has said so. */
  readonly heard: (word: string) => Promise<void>
  /** Lets pages go on that wait for a name. */
  readonly tell: (name: string) => void
  /** Waits until so much is collected. */
  readonly collected: (counts: Partial<Collected>) => Promise<void>
}

/** Opens `/` of a site in a browser and gives what the server collected. */
async function visit(
  pages: (server: string) => Record<string, string>,
  fn: (visit: Visit) => Promise<void>,
): Promise<Collected> {
  return withFolder(async (folder) => {
    await writeBuild(folder, rowsOf({ 12: [101, 102, 103] }))
    const events = join(folder, 'events')
    await withSite(async (origin, setFiles, asked) => {
      const flags = ['--artifacts', folder, '--port', '0', '--collect', events]
      const target = ['--click-url', `${origin}/landed.html?c={click_id}`]
      await runServer([...flags, ...target], async (server) => {
        let files = pages(server)
        setFiles(files)
        await withUndrivenBrowser(`${origin}/`, () =>
          fn({
            heard: (word) => expect.poll(() => asked, LIMIT).toContain(`/said?${word}`),
            tell(name) {
              files = { ...files, [`/${name}`]: '' }
              setFiles(files)
            },
            collected: (counts) =>
              expect.poll(() => readCollected(events), LIMIT).toMatchObject(counts),
          }),
        )
      })
    })
    return readCollected(events)
  })
}

function page(body: string, script: string): string {
  const head = '<meta charset="utf-8"><title>Page</title><link rel="icon" href="data:,">'
  return `<!doctype html><html lang="en"><head>${head}<script>${SCRIPT}\n${script}</script></head><body>${body}</body></html>`
}

describe('a page that is rendered ahead of time', () => {
  const rules = { prerender: [{ urls: ['/ahead.html'], eagerness: 'immediate' }] }
  const index = page(
    `<a href="/ahead.html">Go</a><script type="speculationrules">${JSON.stringify(rules)}</script>`,
    "told('go').then(() => document.querySelector('a').click())",
  )
  const ahead = (form: string) =>
    page(
      form,
      `const state = () => 'ahead=' + document.prerendering + '&pictures=' + document.images.length
        + '&asked=' + performance.getEntriesByType('resource').filter(({ name }) => name.includes('/campaigns/')).length
      addEventListener('DOMContentLoaded', async () => {
        while (document.prerendering) {
          await rest(2000)
          say(state())
        }
      })
      document.addEventListener('prerenderingchange', () =>
        say('started=' + (performance.getEntriesByType('navigation')[0].activationStart > 0)))`,
    )
  const slot = (server: string) =>
    `<div data-banner-campaign="12"></div><script src="${server}/embed.js" async></script>`
  const frame = (server: string) =>
    `<iframe src="${server}/campaigns/12" width="300" height="250" title="Banner"></iframe>`

  it('draws and counts nothing before somebody sees it, and one impression then', async () => {
    const pages = (server: string) => ({ '/index.html': index, '/ahead.html': ahead(slot(server)) })

    const collected = await visit(pages, async (visited) => {
      await visited.heard('ahead=true&pictures=0&asked=0')
      await visited.collected({ impressions: 0, views: 0, reasons: [] })
      visited.tell('go')
      await visited.heard('started=true')
      await visited.collected({ impressions: 1, views: 1 })
    })

    expect(collected).toMatchObject({ impressions: 1, views: 1, clicks: 0, reasons: [] })
  })

  it('counts nothing when nobody ever sees it', async () => {
    const pages = (server: string) => ({ '/index.html': index, '/ahead.html': ahead(slot(server)) })

    const collected = await visit(pages, (visited) =>
      visited.heard('ahead=true&pictures=0&asked=0'),
    )

    expect(collected).toMatchObject({ impressions: 0, views: 0, clicks: 0, reasons: [] })
  })

  it('counts the banner of its frame once, when somebody sees it', async () => {
    const pages = (server: string) => ({
      '/index.html': index,
      '/ahead.html': ahead(frame(server)),
    })

    const collected = await visit(pages, async (visited) => {
      await visited.heard('ahead=true&pictures=0&asked=0')
      await visited.collected({ impressions: 0, reasons: [] })
      visited.tell('go')
      await visited.heard('started=true')
      await visited.collected({ impressions: 1 })
    })

    expect(collected).toMatchObject({ impressions: 1, clicks: 0, reasons: [] })
  })

  it('counts no picture that was drawn before', async () => {
    const picture = (server: string) => `<img src="${server}/campaigns/12.png" alt="">`
    const pages = (server: string) => ({
      '/index.html': index,
      '/ahead.html': ahead(picture(server)),
    })

    const collected = await visit(pages, async (visited) => {
      await visited.heard('ahead=true&pictures=1&asked=1')
      visited.tell('go')
      await visited.heard('started=true')
    })

    expect(collected).toMatchObject({ impressions: 0, clicks: 0, reasons: ['prefetch'] })
  })
})

describe('a page that the browser keeps for the way back', () => {
  const slot = (server: string) =>
    `<div data-banner-campaign="12" data-banner-target="_self"></div><script src="${server}/embed.js" async></script>`
  const landed = page(
    '',
    "say('landed=' + location.search); told('back' + history.length).then(() => history.back())",
  )

  it('counts its banner once, however often somebody comes back, and its click once', async () => {
    const index = page(
      'SLOT',
      `let times = 0
      addEventListener('pageshow', async ({ persisted }) => {
        const time = times++
        if (time) await rest(2000)
        say('time=' + time + '&kept=' + persisted + '&pictures=' + document.images.length)
        await told('leave' + time)
        if (time === 0) location.href = '/landed.html'
        else document.querySelector('[data-banner-campaign] > a').click()
      })`,
    )
    const pages = (server: string) => ({
      '/index.html': index.replace('SLOT', slot(server)),
      '/landed.html': landed,
    })

    const collected = await visit(pages, async ({ collected, heard, tell }) => {
      await collected({ impressions: 1, views: 1 })
      tell('leave0')
      await heard('landed=')
      tell('back2')
      for (const time of [1, 2]) {
        await heard(`time=${time}&kept=true&pictures=1`)
        tell(`leave${time}`)
      }
      await collected({ clicks: 1, reasons: ['repeat'] })
    })

    expect(collected).toMatchObject({ impressions: 1, views: 1, clicks: 1, reasons: ['repeat'] })
  })

  it('counts a view when the banner was in sight for a whole second after that', async () => {
    const index = page(
      'SLOT',
      `let shown = 0
      const loaded = new Promise((resolve) => addEventListener('load', resolve))
      addEventListener('pageshow', ({ persisted }) => {
        if (persisted) shown = performance.now()
      })
      new PerformanceObserver((list) => {
        for (const { name, startTime } of list.getEntries()) {
          if (name.endsWith('?viewable')) say('kept=' + (shown > 0) + '&second=' + (startTime - shown > 900))
        }
      }).observe({ type: 'resource' })
      new MutationObserver((_, observer) => {
        if (!document.querySelector('[data-banner-status=filled]')) return
        observer.disconnect()
        // What comes before the page is loaded takes its place in the history.
        loaded.then(() => rest(100)).then(() => (location.href = '/landed.html'))
      }).observe(document, { subtree: true, attributeFilter: ['data-banner-status'] })`,
    )
    const pages = (server: string) => ({
      '/index.html': index.replace('SLOT', slot(server)),
      '/landed.html': landed,
    })

    const collected = await visit(pages, async ({ collected, heard, tell }) => {
      await heard('landed=')
      await collected({ impressions: 1, views: 0 })
      // Longer than the view takes.
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      tell('back2')
      await heard('kept=true&second=true')
      await collected({ views: 1 })
    })

    expect(collected).toMatchObject({ impressions: 1, views: 1, clicks: 0, reasons: [] })
  })
})
