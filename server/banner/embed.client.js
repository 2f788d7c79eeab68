// What a publisher's page runs: a slot, `<div data-banner-campaign="12"></div>`, becomes a linked picture. How to use
// it: docs/embedding.md. For browsers of 2022 or later; no dependency; no HTML made from text, and nothing that a
// strict CSP forbids. embed.ts serves it without comments and indentation: keep each comment on a line of its own.
;(() => {
  // A page may hold the snippet, with this script, several times.
  if (window.bannerPools) return window.bannerPools.scan()

  const script = document.currentScript
  const server = new URL('.', script.src)
  const credentials = 'credentials' in script.dataset ? 'include' : 'same-origin'
  // What each slot was last asked to show: a framework may use the element again for another campaign.
  const campaignOf = new WeakMap()
  const bannerIn = new Map()
  // By campaign: its last banner, and the end of the loads so far.
  const lastOf = {}
  const loadOf = {}

  const scan = (root = document) => {
    for (const slot of root.querySelectorAll('[data-banner-campaign]')) {
      const campaign = slot.dataset.bannerCampaign
      if (campaignOf.get(slot) === campaign) continue
      campaignOf.set(slot, campaign)
      bannerIn.delete(slot)
      delete slot.dataset.bannerStatus
      // The space is taken before anything is loaded. A CSP permits styles that are set in this way.
      slot.style.width = `${slot.dataset.bannerWidth || 300}px`
      slot.style.height = `${slot.dataset.bannerHeight || 250}px`
      // Slots of a campaign wait for each other: a request leaves out the banners that the page has.
      loadOf[campaign] = Promise.resolve(loadOf[campaign])
        .then(() => load(slot, campaign, lastOf[campaign]))
        .catch(() => settle(slot, campaign, 'error'))
    }
  }

  const settle = (slot, campaign, status) => {
    if (campaignOf.get(slot) === campaign) slot.dataset.bannerStatus = status
  }

  const bannersOnPage = () => {
    for (const slot of bannerIn.keys()) if (!slot.isConnected) bannerIn.delete(slot)
    return [...bannerIn.values()]
  }

  // Leaves out `last` too, so that a page that is navigated to shows another banner than the one before.
  const load = async (slot, campaign, last) => {
    const shown = bannersOnPage()
    const url = new URL(`campaigns/${encodeURIComponent(campaign)}`, server)
    // The server takes 100 at most.
    url.searchParams.set('exclude', (last ? [last, ...shown] : shown).slice(0, 100))
    const signal = AbortSignal.timeout(10_000)
    const response = await fetch(url, { credentials, signal }).catch((error) => error)
    // Nothing else is a TypeError: the request did not leave, or its answer did not arrive.
    if (response instanceof TypeError) return settle(slot, campaign, 'blocked')
    const found = response.status === 200
    if (!found && response.status !== 204 && response.status !== 404) throw response
    const banner = found ? await response.json() : {}
    // Without a fallback's banner: the last one may come again if no other is left.
    if (last && (!found || banner.fallback)) return load(slot, campaign)
    if (!found || shown.includes(banner.banner_id)) return settle(slot, campaign, 'unfilled')
    // A slot of another campaign has taken it in the meantime.
    if (bannersOnPage().includes(banner.banner_id)) return load(slot, campaign, last)
    if (campaignOf.get(slot) === campaign) show(slot, campaign, banner)
  }

  const show = (slot, campaign, { banner_id, image_url, click_url }) => {
    const { bannerWidth = 300, bannerHeight = 250, bannerTarget, bannerAlt } = slot.dataset
    const link = document.createElement('a')
    link.href = webUrl(click_url)
    link.target = bannerTarget || '_blank'
    link.rel = 'noopener sponsored'
    const picture = new Image(bannerWidth, bannerHeight)
    picture.src = webUrl(image_url)
    picture.alt = bannerAlt || `Banner ${banner_id}`
    picture.style.display = 'block'
    picture.onload = () => settle(slot, campaign, 'filled')
    picture.onerror = () => settle(slot, campaign, 'blocked')
    link.append(picture)
    slot.replaceChildren(link)
    bannerIn.set(slot, banner_id)
    lastOf[campaign] = banner_id
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
