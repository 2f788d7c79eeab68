/** The public routes, declared once: paths and checks of the app, and the text of `/openapi.json`. */
import { createRoute, z } from '@hono/zod-openapi'
import {
  Banner,
  BannerParameters,
  Banners,
  CampaignPath,
  Index,
  PictureParameters,
  PicturePath,
  Problem,
} from './schemas.ts'

/** Title and version of the description. */
export const API_INFO = {
  openapi: '3.1.0',
  info: {
    title: 'Banner pools',
    version: '1',
    description: "A random banner of a campaign's pool, never the same twice in a row.",
  },
}

const text = { schema: { type: 'string' } } as const
const picture = { schema: { type: 'string', format: 'binary' } } as const
const reason = { 'X-Banner-Reason': { description: 'Why.', ...text } }

/** Banners of a campaign: one as a page, a redirect to its picture, or JSON; several as JSON. */
export const bannerRoute = createRoute({
  method: 'get',
  path: '/campaigns/{id}',
  summary: 'One banner of a campaign, or several',
  description:
    'The headers choose: `Accept: text/html` a page, `Accept: image/*` or `Sec-Fetch-Dest: image` a redirect to the picture, `Sec-Fetch-Dest: iframe` a page of nothing but the banner, else JSON. The cookie `last` keeps the last banner away.',
  request: { params: CampaignPath, query: BannerParameters },
  responses: {
    200: {
      description: 'A banner; with `count`, several.',
      headers: { 'Set-Cookie': { description: 'The last banner of this campaign.', ...text } },
      content: {
        'application/json': { schema: z.union([Banner, Banners]) },
        'text/html': text,
      },
    },
    204: {
      description: 'No banner now: `no_pool`, `disabled` or `all_excluded`.',
      headers: reason,
    },
    302: { description: 'To the picture.', headers: { Location: text } },
    400: problemOf('The id or a parameter is not valid.'),
    404: problemOf('Unknown campaign.'),
    503: problemOf('Nothing is loaded yet; see `Retry-After`.'),
  },
})

const pixel = { headers: reason, content: { 'image/png': picture } }

/** A banner as a picture, for clients that cannot say what they want. */
export const campaignPictureRoute = createRoute({
  method: 'get',
  path: '/campaigns/{id}.png',
  summary: 'The picture of one banner of a campaign',
  description:
    'Always a picture, for newsletters and documents. Where there is no banner it is one transparent pixel.',
  request: { params: CampaignPath, query: PictureParameters },
  responses: {
    200: { description: 'No banner now: one transparent pixel.', ...pixel },
    302: { description: 'To the picture.', headers: { Location: text } },
    400: { description: 'The id is not valid: one transparent pixel.', ...pixel },
    404: { description: 'Unknown campaign: one transparent pixel.', ...pixel },
    503: { description: 'Nothing is loaded yet: one transparent pixel.', ...pixel },
  },
})

/** The picture of a banner. */
export const pictureRoute = createRoute({
  method: 'get',
  path: '/images/{id}',
  summary: 'The picture of a banner',
  request: { params: PicturePath },
  responses: {
    200: {
      description: 'The picture, or a drawn one.',
      content: { 'image/*': picture },
    },
    302: { description: 'To where the pictures are.', headers: { Location: text } },
    304: { description: 'The one that `If-None-Match` names.' },
    400: problemOf('The id is not valid.'),
  },
})

/** The script that fills the slots of a page. */
export const embedRoute = createRoute({
  method: 'get',
  path: '/embed.js',
  summary: 'The script that fills the banner slots of a page',
  responses: {
    200: { description: 'The script.', content: { 'text/javascript': text } },
    304: { description: 'The one that `If-None-Match` names.' },
  },
})

/** What the server is. */
export const indexRoute = createRoute({
  method: 'get',
  path: '/',
  summary: 'What is served, and where to go on',
  responses: {
    200: {
      description: 'Counts, and the template of the campaign URLs.',
      content: { 'application/json': { schema: Index } },
    },
  },
})

function problemOf(description: string) {
  return { description, content: { 'application/problem+json': { schema: Problem } } }
}
