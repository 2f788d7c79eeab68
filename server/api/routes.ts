/** The public routes, declared once: paths and checks of the app, and the text of `/openapi.json`. */
import { createRoute, z } from '@hono/zod-openapi'
import { NO_CHOICES } from '../banner/outcomes.ts'
import {
  BANNER,
  BANNER_REDIRECT,
  NO_BANNER,
  PASSING,
  PRIVATE,
  SHARED,
  SHARED_REDIRECT,
} from './headers.ts'
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
  tags: [
    { name: 'Banners', description: 'What pages and apps ask for' },
    { name: 'Pictures and script', description: 'What these lead to' },
    { name: 'Service', description: 'What the server is' },
    { name: 'Events', description: 'What it counts, where it collects' },
  ],
}

const text = { schema: { type: 'string' } } as const
const picture = { schema: { type: 'string', format: 'binary' } } as const
const pixel = { 'image/png': picture }
const busy = describeProblem('Nothing is loaded yet, or there is too much to do.', PASSING)
const others = describeProblem('Another error, as docs/http.md lists them.')

/** Banners of a campaign: one as a page, a redirect to its picture, or JSON; several as JSON. */
export const bannerRoute = createRoute({
  method: 'get',
  path: '/campaigns/{id}',
  tags: ['Banners'],
  summary: 'One banner of a campaign, or several',
  description:
    'The headers choose: `Accept: text/html` a page, `Accept: image/*` or `Sec-Fetch-Dest: image` a redirect to the picture, `Sec-Fetch-Dest: iframe` a page of nothing but the banner, else JSON. The cookie `last` keeps the last banner away.',
  request: { params: CampaignPath, query: BannerParameters },
  responses: {
    200: {
      description: 'A banner; with `count`, several.',
      headers: BANNER,
      content: {
        'application/json': { schema: z.union([Banner, Banners]) },
        'text/html': text,
      },
    },
    204: {
      description: describeNoChoices(),
      headers: NO_BANNER,
    },
    302: { description: 'To the picture.', headers: BANNER_REDIRECT },
    400: describeProblem('The id or a parameter is not valid.'),
    404: describeProblem('Unknown campaign.'),
    503: busy,
    default: others,
  },
})

/** A banner as a picture, for clients that cannot say what they want. */
export const campaignPictureRoute = createRoute({
  method: 'get',
  path: '/campaigns/{id}.png',
  tags: ['Banners'],
  summary: 'The picture of one banner of a campaign',
  description:
    'Always a picture, for newsletters and documents. Where there is no banner it is one transparent pixel.',
  request: { params: CampaignPath, query: PictureParameters },
  responses: {
    200: { description: 'No banner now: the pixel.', headers: NO_BANNER, content: pixel },
    302: { description: 'To the picture.', headers: BANNER_REDIRECT },
    400: { description: 'The id is not valid: the pixel.', headers: NO_BANNER, content: pixel },
    404: { description: 'Unknown campaign: the pixel.', headers: NO_BANNER, content: pixel },
    503: {
      description: 'Nothing is loaded yet: the pixel.',
      headers: { ...NO_BANNER, ...PASSING },
      content: pixel,
    },
    default: others,
  },
})

/** The picture of a banner. */
export const pictureRoute = createRoute({
  method: 'get',
  path: '/images/{id}',
  tags: ['Pictures and script'],
  summary: 'The picture of a banner',
  request: { params: PicturePath },
  responses: {
    200: {
      description: 'The picture, or a drawn one.',
      headers: SHARED,
      content: { 'image/*': picture },
    },
    302: { description: 'To where the pictures are.', headers: SHARED_REDIRECT },
    304: { description: 'The one that `If-None-Match` names.', headers: SHARED },
    400: describeProblem('The id is not valid.'),
    503: busy,
    default: others,
  },
})

/** The script that fills the slots of a page. */
export const embedRoute = createRoute({
  method: 'get',
  path: '/embed.js',
  tags: ['Pictures and script'],
  summary: 'The script that fills the banner slots of a page',
  responses: {
    200: { description: 'The script.', headers: SHARED, content: { 'text/javascript': text } },
    304: { description: 'The one that `If-None-Match` names.', headers: SHARED },
    503: busy,
    default: others,
  },
})

/** What the server is. */
export const indexRoute = createRoute({
  method: 'get',
  path: '/',
  tags: ['Service'],
  summary: 'What is served, and where to go on',
  responses: {
    200: {
      description: 'Counts, and the template of the campaign URLs; for people, the explorer.',
      headers: { 'Cache-Control': SHARED['Cache-Control'] },
      content: { 'application/json': { schema: Index }, 'text/html': text },
    },
    503: busy,
    default: others,
  },
})

function describeProblem(description: string, headers: typeof PRIVATE | typeof PASSING = PRIVATE) {
  const content = { 'application/problem+json': { schema: Problem }, 'text/html': text }
  return { description, headers, content }
}

function describeNoChoices(): string {
  const meanings = Object.entries(NO_CHOICES).map(([code, meaning]) => `\`${code}\`: ${meaning}`)
  return `No banner now. ${meanings.join('; ')}.`
}
