/** What requests may say and what answers look like, for checking and for `/openapi.json` alike. */
import { z } from '@hono/zod-openapi'
import { parseId } from '../../contract/ids.ts'
import { DATASETS, MAX_ID } from '../../contract/schema.ts'
import { FAULTS, MAX_COUNT, MAX_EXCLUDED } from '../banner/query.ts'

const ID_TYPE = { type: 'integer', minimum: 1, maximum: MAX_ID } as const

/** The path of a campaign. */
export const CampaignPath = z.object({
  id: idText(FAULTS.campaignId, 'The campaign.', 12).transform(Number),
})

/** The path of a picture. The text is kept: it goes into a template. */
export const PicturePath = z.object({ id: idText(FAULTS.bannerId, 'The banner.', 30) })

const datasetParameter = z.unknown().openapi({
  type: 'integer',
  enum: [...DATASETS],
  description: 'Previews a quarter of the hour; no cookie is read or set.',
})

const excludeParameter = z.unknown().openapi({
  param: { style: 'form', explode: false },
  type: 'array',
  items: ID_TYPE,
  maxItems: MAX_EXCLUDED,
  // No example: Swagger UI would make fields of its values, which have no label.
  description: 'Banners to leave out, for several slots on one page: `exclude=30,10`.',
})

/** The query of a request for a picture, for the description: it is read by banner/query.ts. */
export const PictureParameters = z.object({
  dataset: lenient('As for a banner; what is no quarter is passed over.', '2'),
  exclude: lenient('As for a banner; what is no id is passed over.', '30,10'),
})

/** The query of a request for banners, likewise. */
export const BannerParameters = z.object({
  dataset: datasetParameter.optional(),
  exclude: excludeParameter.optional(),
  count: z
    .unknown()
    .openapi({
      type: 'integer',
      minimum: 1,
      maximum: MAX_COUNT,
      description: 'So many banners, none twice, as a list; always JSON.',
    })
    .optional(),
})

const pixels = z.number().int().min(1).max(65_535).openapi({ description: 'CSS pixels.' })
const bannerId = z.number().int().min(1).max(MAX_ID)

/** A banner as JSON. */
export const Banner = z
  .strictObject({
    campaign_id: z.number().int().min(1).max(MAX_ID),
    dataset: z.literal([...DATASETS]).openapi({
      type: 'integer',
      enum: [...DATASETS],
      description: 'The quarter of the hour, in UTC.',
    }),
    banner_id: bannerId,
    image_url: z.string().openapi({ format: 'uri' }),
    click_url: z.string().openapi({ format: 'uri' }),
    impression_url: z.string().optional().openapi({
      format: 'uri',
      description: 'To be asked for once the banner is seen; only where events are collected.',
    }),
    alt: z.string().optional().openapi({ description: 'Text that stands for the picture.' }),
    width: pixels.optional(),
    height: pixels.optional(),
    build_id: z.string(),
    pool_size: z.number().int().min(0).max(255),
    probability: z.number().gt(0).max(1).openapi({
      description: 'Of this banner to be in this answer: banners chosen / banners that could be.',
    }),
    repeat: z
      .boolean()
      .openapi({ description: "It is the visitor's last banner again: no other was left." }),
    preview: z.literal(true).optional(),
    fallback: z.literal(true).optional().openapi({ description: 'It is the house banner.' }),
  })
  .openapi('Banner')

/** Several banners as JSON. */
export const Banners = z
  .strictObject({ banners: z.array(Banner).min(1).max(MAX_COUNT) })
  .openapi('Banners')

/** What the server is. */
export const Index = z
  .strictObject({
    service: z.string(),
    campaign_url: z.string().openapi({
      format: 'uri-template',
      description: 'Where banners are, with `{campaign_id}`.',
    }),
    build_id: z.string().nullable(),
    campaigns: z.number().int().min(0),
    pools: z.number().int().min(0),
  })
  .openapi('Index')

/** An error, see RFC 9457. */
export const Problem = z
  .strictObject({ status: z.number().int(), title: z.string() })
  .openapi('Problem')

function idText(fault: string, description: string, example: number) {
  return z
    .string()
    .refine((text) => parseId(text) !== undefined, fault)
    .openapi({ ...ID_TYPE, description, example })
}

/** Text that is never refused. */
function lenient(description: string, example: string) {
  return z.unknown().openapi({ type: 'string', description, example }).optional()
}
