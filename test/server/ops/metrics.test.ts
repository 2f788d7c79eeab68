import { describe, expect, it } from 'vitest'
import { BUILD_ID } from '../../../scripts/lib/pool-files.ts'
import type { BannerAnswer } from '../../../server/banner/service.ts'
import { createMetrics } from '../../../server/ops/metrics.ts'
import { poolsOf } from '../../helpers/pools.ts'

const BUILD = { pools: poolsOf({ 7: [30, 10], 8: [20] }), createdAtMs: 1_000_000, version: '' }

function answer(changes: Partial<BannerAnswer>): BannerAnswer {
  return { status: 200, headers: {}, body: '', outcome: 'banner', ...changes }
}

describe('createMetrics', () => {
  it('counts outcomes, times, cookies and repeats', async () => {
    const metrics = createMetrics(() => new Date(1_090_000))
    metrics.addBuild({ build: () => BUILD, onDisk: () => 'gone' })
    metrics.addLooks({ build: () => 1_080_000, denylist: () => 1_090_500 })

    metrics.record(answer({ knewLast: false }), 0.02)
    metrics.record(answer({ knewLast: true, repeat: true }), 0.1)
    metrics.record(answer({ outcome: 'unknown_campaign' }), 2_000)
    metrics.countReload('error')
    metrics.countDenylist('ok')
    metrics.countPage('campaign', 404)
    const lines = (await metrics.registry.metrics()).split('\n')

    for (const line of [
      'banner_pools_requests_total{outcome="banner"} 2',
      'banner_pools_requests_total{outcome="unknown_campaign"} 1',
      'banner_pools_requests_total{outcome="disabled"} 0',
      'banner_pools_requests_without_cookie_total 1',
      'banner_pools_repeats_total 1',
      '# TYPE banner_pools_request_duration_seconds histogram',
      'banner_pools_request_duration_seconds_bucket{le="0.00001"} 0',
      'banner_pools_request_duration_seconds_bucket{le="0.00003"} 1',
      'banner_pools_request_duration_seconds_bucket{le="0.0001"} 2',
      'banner_pools_request_duration_seconds_bucket{le="1"} 2',
      'banner_pools_request_duration_seconds_bucket{le="+Inf"} 3',
      'banner_pools_request_duration_seconds_count 3',
      'banner_pools_reloads_total{result="error"} 1',
      'banner_pools_reloads_total{result="ok"} 0',
      'banner_pools_denylist_reloads_total{result="ok"} 1',
      'banner_pools_explorer_pages_total{page="campaign",status="404"} 1',
      `banner_pools_build_info{build_id="${BUILD_ID}"} 1`,
      'banner_pools_build_age_seconds 90',
      'banner_pools_pools 8',
      'banner_pools_build_on_disk{state="served"} 0',
      'banner_pools_build_on_disk{state="gone"} 1',
      'banner_pools_last_good_look_timestamp_seconds{what="build"} 1080',
      'banner_pools_last_good_look_timestamp_seconds{what="denylist"} 1090.5',
      'banner_pools_campaigns 2',
    ]) {
      expect(lines).toContain(line)
    }
  })

  it('counts on from scrape to scrape', async () => {
    const metrics = createMetrics(() => new Date())
    for (let scrape = 1; scrape <= 2; scrape++) {
      metrics.record(answer({}), 0)

      const text = await metrics.registry.metrics()

      expect(text).toContain(`banner_pools_requests_total{outcome="banner"} ${scrape}\n`)
    }
  })
})
