import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { MAX_ID } from '../../../contract/schema.ts'
import { respond, type ServedBanner } from '../../../server/banner/respond.ts'

const id = fc.integer({ min: 1, max: MAX_ID })
const size = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined })
const text = fc.string({ unit: 'binary', maxLength: 40 })

/** Texts of any characters: what is not escaped would be no JSON. */
const banner: fc.Arbitrary<ServedBanner> = fc.record({
  campaignId: id,
  dataset: fc.constantFrom(1, 2, 3, 4),
  choice: fc.record({
    bannerId: id,
    poolSize: fc.integer({ min: 0, max: 255 }),
    probability: fc.double({ min: 0, max: 1, noNaN: true }),
    repeat: fc.boolean(),
  }),
  imageUrl: text,
  clickUrl: text,
  signed: fc.option(fc.record({ base: text, token: fc.stringMatching(/^[\w-]{0,90}$/) }), {
    nil: undefined,
  }),
  detail: fc.option(
    fc.record({
      clickUrl: fc.constant(undefined),
      alt: fc.option(text, { nil: undefined }),
      width: size,
      height: size,
    }),
    { nil: undefined },
  ),
  selfUrl: text,
  buildId: text,
  preview: fc.boolean(),
  fallback: fc.constantFrom(undefined, 'disabled', 'unknown_campaign'),
})

/** As JSON.stringify writes it, which leaves out what is undefined. */
function describeBanner(served: ServedBanner) {
  const { choice, detail, signed } = served
  return {
    campaign_id: served.campaignId,
    dataset: served.dataset,
    banner_id: choice.bannerId,
    image_url: served.imageUrl,
    click_url: signed === undefined ? served.clickUrl : `${signed.base}/clicks/${signed.token}`,
    impression_url: signed && `${signed.base}/impressions/${signed.token}`,
    alt: detail?.alt,
    width: detail?.width,
    height: detail?.height,
    build_id: served.buildId,
    pool_size: choice.poolSize,
    probability: choice.probability,
    repeat: choice.repeat,
    preview: served.preview ? true : undefined,
    fallback: served.fallback === undefined ? undefined : true,
  }
}

describe('respond', () => {
  test.prop([banner])('writes a banner as JSON.stringify does', (served) => {
    expect(respond([served], 'json').body).toBe(JSON.stringify(describeBanner(served)))
  })

  test.prop([fc.array(banner, { minLength: 1, maxLength: 10 })])(
    'writes a list of banners as JSON.stringify does',
    (served) => {
      const list = { banners: served.map(describeBanner) }

      expect(respond(served, 'list').body).toBe(JSON.stringify(list))
    },
  )
})
