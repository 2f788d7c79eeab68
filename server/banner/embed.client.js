// What a publisher's page runs: a slot, `<div data-banner-campaign="12"></div>`, becomes a linked picture. How to use
// it: docs/embedding.md. For browsers of 2022 or later; no dependency; no HTML made from text, and nothing that a
// strict CSP forbids. It is served as embed.min.client.js: after a change, `node scripts/minify-embed.mjs`.
;(() => {
  // A page may hold the snippet, with this script, several times.
  if (window.bannerPools) return window.bannerPools.scan()

  const script = document.currentScript
  const server = new URL('.', script.src)
  const credentials = 'credentials' in script.dataset ? 'include' : 'same-origin'
  // A job is a slot with its campaign, and later its banner. A framework may use a slot again for another campaign.
  const jobOf = new WeakMap()
  // Those that have a banner.
  const jobs = new Set()
  // Slots that the page's style gives no height.
  const reserved = new WeakSet()
  // By campaign: its last banner, and the end of the loads so far.
  const lastOf = {}
  const loadOf = {}
  // A page that is rendered ahead of time asks for nothing until somebody sees it.
  const seen =
    document.prerendering &&
    new Promise((resolve) => document.addEventListener('prerenderingchange', resolve))

  const scan = (root = document) => {
    for (const slot of root.querySelectorAll('[data-banner-campaign]')) {
      const campaign = slot.dataset.bannerCampaign
      const before = jobOf.get(slot)
      if (before?.campaign === campaign) continue
      jobs.delete(before)
      jobOf.set(slot, { slot, campaign })
      delete slot.dataset.bannerStatus
      reserve(slot)
      // A slot that is in sight is reported again.
      sight.unobserve(slot)
      sight.observe(slot)
    }
  }

  // Takes the space before anything is loaded, unless the page's style gives the slot a height, which it then has without
  // its content, too. A hidden slot has none. A CSP permits styles that are set in this way.
  const reserve = (slot) => {
    const { style, dataset } = slot
    // Measured anew when the slot is seen: this script may have come before the page's style sheet.
    if (reserved.delete(slot)) {
      style.width = style.height = style.aspectRatio = style.minHeight = ''
    }
    style.maxWidth ||= '100%'
    style.contain = 'size'
    const isFree = slot.getClientRects().length && !slot.offsetHeight
    style.contain = ''
    if (isFree) reserved.add(slot)
    const { bannerWidth: width, bannerHeight: height } = dataset
    if (width || isFree) style.width = `${width || 300}px`
    if (isFree || (width && height)) {
      // In a narrow column it is lower, too. Without a least height, what it contains does not make it higher.
      style.aspectRatio = `${width || 300}/${height || 250}`
      style.height = 'auto'
      style.minHeight = 0
    } else if (height) style.height = `${height}px`
  }

  // Slots are filled when they are nearly in sight: those of one campaign together, 10 at most.
  const onSight = (entries) => {
    const due = new Map()
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue
      sight.unobserve(target)
      reserve(target)
      const job = jobOf.get(target)
      due.set(job.campaign, [...(due.get(job.campaign) || []), job])
    }
    for (const [campaign, waiting] of due) {
      while (waiting.length) enqueue(campaign, waiting.splice(0, 10))
    }
  }
  const sight = new IntersectionObserver(onSight, { rootMargin: '300px' })

  // Loads of a campaign wait for each other: a request leaves out the banners that the page has.
  const enqueue = (campaign, waiting) => {
    loadOf[campaign] = Promise.resolve(loadOf[campaign] || seen)
      .then(() => load(campaign, waiting, lastOf[campaign]))
      .catch(() => settle(waiting, 'error'))
  }

  const isCurrent = (job) => jobOf.get(job.slot) === job

  const settle = (settled, status) => {
    for (const job of settled) if (isCurrent(job)) job.slot.dataset.bannerStatus = status
  }

  const bannersOnPage = () => {
    for (const job of jobs) if (!job.slot.isConnected) jobs.delete(job)
    return [...jobs].map((job) => job.banner)
  }

  // Leaves out `last` too, so that a page that is navigated to shows another banner than the one before.
  const load = async (campaign, waiting, last) => {
    const shown = bannersOnPage()
    if (shown.includes(last)) last = 0
    const url = new URL(`campaigns/${encodeURIComponent(campaign)}`, server)
    // The server takes 100 at most.
    const excluded = (last ? [last, ...shown] : shown).slice(0, 100)
    url.search = `count=${waiting.length}&exclude=${excluded}`
    // On the slot, or on anything around it: nothing is counted.
    if (waiting.some(({ slot }) => slot.closest('[data-banner-consent=no]'))) {
      url.search += '&consent=no'
    }
    const signal = AbortSignal.timeout(10_000)
    const response = await fetch(url, { credentials, signal }).catch((error) => error)
    // Nothing else is a TypeError: the request did not leave, or its answer did not arrive.
    if (response instanceof TypeError) return settle(waiting, 'blocked')
    const found = response.status === 200
    if (!found && response.status !== 204 && response.status !== 404) throw response
    const { banners } = found ? await response.json() : { banners: [] }
    // Slots of another campaign may have taken some in the meantime.
    const taken = bannersOnPage()
    const isNew = ({ banner_id }) => !shown.includes(banner_id) && taken.includes(banner_id)
    const isWorthwhile = last || banners.some(isNew)
    const { length } = waiting
    for (const banner of banners) {
      // The last one may come again before the server's spare one.
      if (taken.includes(banner.banner_id) || (last && banner.fallback)) continue
      void show(waiting.shift(), banner)
    }
    // Where some slots got one, the others may get the spare one.
    if (waiting.length && (isWorthwhile || waiting.length < length)) return load(campaign, waiting)
    settle(waiting, 'unfilled')
  }

  // What the slot has stays until the picture can be seen.
  const show = async (job, banner) => {
    job.banner = banner.banner_id
    jobs.add(job)
    lastOf[job.campaign] = job.banner
    let status = 'error'
    try {
      const link = makeLink(job.slot, banner)
      status = 'blocked'
      await link.firstChild.decode()
      if (!isCurrent(job)) return
      job.slot.replaceChildren(link)
      status = 'filled'
      const { impression_url } = banner
      if (impression_url) void count(link, impression_url)
    } catch {
      jobs.delete(job)
    }
    settle([job], status)
  }

  // In a tab that nobody looks at, nothing is seen yet.
  const shown = async () => {
    while (document.hidden) {
      await new Promise((resolve) =>
        document.addEventListener('visibilitychange', resolve, { once: true }),
      )
    }
  }
  let turns = 0
  document.addEventListener('visibilitychange', () => turns++)

  const count = async (link, url) => {
    await shown()
    void report(url)
    // Half of the picture in sight for a second, at one go: a page that is left and kept goes on with its timers.
    let timer
    let ratio
    const wait = () => {
      clearTimeout(timer)
      if (ratio < 0.5) return
      const before = turns
      timer = setTimeout(() => {
        if (document.hidden || turns !== before) return shown().then(wait)
        observer.disconnect()
        void report(`${url}?viewable`)
      }, 1_000)
    }
    const observer = new IntersectionObserver(
      (entries) => {
        ratio = entries.at(-1).intersectionRatio
        wait()
      },
      { threshold: 0.5 },
    )
    observer.observe(link.firstChild)
  }

  // Also when the page is left meanwhile. The server counts an address once, however often it is asked for.
  const report = async (url) => {
    for (const wait of [1_000, 3_000, 0]) {
      const response = await fetch(url, {
        method: 'POST',
        keepalive: true,
        credentials: 'omit',
      }).catch(() => 0)
      if (response.ok) return
      if (wait) await new Promise((resolve) => setTimeout(resolve, wait))
    }
    navigator.sendBeacon(url)
  }

  const makeLink = ({ dataset }, { banner_id, image_url, click_url, alt, width, height }) => {
    const link = document.createElement('a')
    link.href = webUrl(click_url)
    link.target = dataset.bannerTarget || '_blank'
    link.rel = 'noopener sponsored'
    link.style.cssText = 'display:flex;align-items:center;justify-content:center;height:100%'
    const isKnown = width && height
    const picture = new Image(
      isKnown ? width : dataset.bannerWidth || 300,
      isKnown ? height : dataset.bannerHeight || 250,
    )
    picture.src = webUrl(image_url)
    picture.alt = dataset.bannerAlt || alt || `Banner ${banner_id}`
    picture.style.cssText =
      'min-width:0;height:auto;max-width:100%;max-height:100%;object-fit:contain'
    link.append(picture)
    return link
  }

  // Refuses `javascript:` and all else that is no page or picture.
  const webUrl = (url) => {
    if (!/^https?:$/.test(new URL(url).protocol)) throw url
    return url
  }

  window.bannerPools = { scan }
  new MutationObserver(() => scan()).observe(document, {
    childList: true,
    subtree: true,
    attributeFilter: ['data-banner-campaign'],
  })
  scan()
})()
