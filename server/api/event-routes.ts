/** The routes of events, for the description: they exist only where events are collected. */
import { createRoute, z } from '@hono/zod-openapi'
import { PASSING, PRIVATE } from './headers.ts'
import { Problem } from './schemas.ts'

const TAGS = ['Events']

const TokenPath = z.object({
  token: z.string().openapi({
    description: 'The token of a decision, as it stands in the addresses of an answer.',
    example: 'AaBbCc',
  }),
})

const problems = {
  'application/problem+json': { schema: Problem },
  'text/html': { schema: { type: 'string' } },
} as const
const others = { description: 'Another error.', headers: PRIVATE, content: problems }
const lost = {
  description:
    'It cannot be written now, or, with `--collect-ack kafka`, it is kept and Kafka has not acknowledged it yet: send it again.',
  headers: PASSING,
  content: problems,
}

const Conversion = z
  .object({
    conversion_id: z.union([z.number().int(), z.string()]),
    click_id: z.string().openapi({ description: 'As the target got it: `<number>.<code>`.' }),
    revenue: z.union([z.number(), z.string()]),
  })
  .openapi('Conversion')

const ConversionResult = z
  .object({
    conversion_id: z.string().nullable(),
    code: z.number().int().optional(),
    status: z.enum(['counted', 'repeat', 'refused', 'lost', 'waiting']),
    title: z.string().optional(),
  })
  .openapi('ConversionResult')

const impression = {
  path: '/impressions/{token}',
  tags: TAGS,
  summary: 'A banner was seen',
  request: { params: TokenPath },
  responses: {
    204: { description: 'Heard; whether it counts is not told.', headers: PRIVATE },
    503: lost,
    default: others,
  },
} as const

/** Addresses that browsers ask for, and the one for advertisers' servers. */
export const EVENT_ROUTES = [
  createRoute({ ...impression, method: 'get' }),
  createRoute({ ...impression, method: 'post' }),
  createRoute({
    method: 'get',
    path: '/impressions/{token}.png',
    tags: TAGS,
    summary: 'The picture of a decision, counted as seen',
    request: { params: TokenPath },
    responses: {
      200: {
        description: 'The token is not valid: a transparent pixel.',
        content: { 'image/png': { schema: { type: 'string', format: 'binary' } } },
      },
      302: { description: 'To the picture.', headers: PRIVATE },
      default: others,
    },
  }),
  createRoute({
    method: 'get',
    path: '/clicks/{token}',
    tags: TAGS,
    summary: 'A banner was clicked on',
    request: { params: TokenPath },
    responses: {
      302: { description: "To the banner's target, with `click_id`.", headers: PRIVATE },
      404: { description: 'The token is not valid.', headers: PRIVATE, content: problems },
      default: others,
    },
  }),
  createRoute({
    method: 'post',
    path: '/conversions',
    tags: TAGS,
    summary: 'Clicks that earned something, from an advertiser',
    description: 'With a bearer token. JSON: one, or a list; lines of JSON; or CSV.',
    request: {
      body: {
        content: {
          'application/json': { schema: z.union([Conversion, z.array(Conversion)]) },
          'text/csv': { schema: { type: 'string' } },
        },
      },
    },
    responses: {
      200: {
        description: 'Counted, or counted before.',
        headers: PRIVATE,
        content: {
          'application/json': {
            schema: z.union([ConversionResult, z.object({ results: z.array(ConversionResult) })]),
          },
        },
      },
      207: {
        description: 'Some of many were refused; each has its code.',
        headers: PRIVATE,
        content: {
          'application/json': { schema: z.object({ results: z.array(ConversionResult) }) },
        },
      },
      400: { description: 'The body cannot be read.', headers: PRIVATE, content: problems },
      401: {
        description: 'No bearer token of an advertiser.',
        headers: PRIVATE,
        content: problems,
      },
      409: {
        description: 'The id was counted with another content.',
        headers: PRIVATE,
        content: problems,
      },
      413: { description: 'The body is too long.', headers: PRIVATE, content: problems },
      422: { description: 'The conversion is not valid.', headers: PRIVATE, content: problems },
      503: lost,
      default: others,
    },
  }),
] as const
