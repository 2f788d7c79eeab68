/** Events against the bundle, as it is unpacked on AWS. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  eventOfFormat1,
  eventOfFormat2,
  eventOfRest,
  HOST,
  type VisitorRequest,
} from '../../../scripts/lib/lambda-events.ts'
import { BUILD_ID, rowsOf } from '../../../scripts/lib/pool-files.ts'
import { createFolder, removeFolder } from '../../helpers/folders.ts'
import {
  type LambdaAnswer,
  type RunningLambda,
  startLambda,
  unpackLambda,
} from '../../helpers/lambda.ts'

type MakeEvent = (request: VisitorRequest) => object

/** Name, event, and the path that the API is published below. */
const GATEWAYS: readonly (readonly [string, MakeEvent, string])[] = [
  ['an HTTP API without a stage, or a function URL', (r) => eventOfFormat2('$default', r), ''],
  ['an HTTP API with a stage', (r) => eventOfFormat2('default', r), '/default'],
  ['an HTTP API with format 1.0', (r) => eventOfFormat1('default', r), '/default'],
  ['an HTTP API with format 1.0, without a stage', (r) => eventOfFormat1('$default', r), ''],
  ['a REST API', (r) => eventOfRest('default', r), '/default'],
  [
    'a REST API whose stage is named as our path is',
    (r) => eventOfRest('campaigns', r),
    '/campaigns',
  ],
]

// The smallest PNG there is: one pixel.
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

let folder = ''
beforeAll(async () => {
  folder = await createFolder()
  await unpackLambda(folder, rowsOf({ 7: [30, 10], 8: { 1: [20] }, 9: [50] }))
  await mkdir(join(folder, 'pictures'))
  await writeFile(join(folder, 'pictures/image_30.png'), PIXEL)
})
afterAll(async () => {
  for (const lambda of running.values()) await (await lambda).stop()
  await removeFolder(folder)
})

/** One process for each environment: it answers all tests, as on AWS it answers all visitors. */
const running = new Map<string, Promise<RunningLambda>>()

async function run<T>(
  fn: (lambda: RunningLambda) => Promise<T>,
  env: Record<string, string> = {},
): Promise<T> {
  const key = JSON.stringify(env)
  const lambda = running.get(key) ?? startLambda(folder, env)
  running.set(key, lambda)
  return fn(await lambda)
}

function header(answer: LambdaAnswer, name: string): string | undefined {
  return answer.headers?.[name] ?? answer.multiValueHeaders?.[name]?.join()
}

/** Where each format has them. */
function cookies(answer: LambdaAnswer): readonly string[] | undefined {
  return answer.cookies ?? answer.multiValueHeaders?.['set-cookie']
}

describe.each(GATEWAYS)('the function behind %s', (_, eventOf, base) => {
  const root = `https://${HOST}${base}`

  it('answers a banner with absolute links and a cookie for its path', async () => {
    const answer = await run(({ invoke }) => invoke(eventOf({ path: '/campaigns/9' })))

    expect(answer.statusCode).toBe(200)
    expect(answer.isBase64Encoded).toBe(false)
    expect(header(answer, 'content-type')).toBe('application/json')
    expect(header(answer, 'cache-control')).toBe('private, no-store')
    expect(JSON.parse(answer.body)).toEqual({
      campaign_id: 9,
      dataset: expect.any(Number),
      banner_id: 50,
      image_url: `${root}/images/50`,
      click_url: `${root}/images/50`,
      build_id: BUILD_ID,
      pool_size: 1,
      probability: 1,
      repeat: false,
    })
    expect(cookies(answer)).toEqual([
      `last=50; Max-Age=2592000; Path=${base}/campaigns/9; HttpOnly; SameSite=Lax`,
    ])
  })

  it('reads the cookie among others, and never repeats', async () => {
    const answers = await run(({ invoke }) =>
      Promise.all([invoke(eventOf({ path: '/campaigns/7', cookie: 'theme=dark; last=30' }))]),
    )

    expect(answers.map(({ body }) => JSON.parse(body).banner_id)).toEqual([10])
    expect(answers.map(({ body }) => JSON.parse(body).probability)).toEqual([1])
  })

  it.each<[string, VisitorRequest, number, Record<string, string | undefined>]>([
    [
      'a page',
      { path: '/campaigns/7', headers: { accept: 'text/html' } },
      200,
      { 'content-type': 'text/html; charset=utf-8' },
    ],
    [
      'a redirect to the picture',
      { path: '/campaigns/9', headers: { accept: 'image/*' } },
      302,
      { location: `${root}/images/50` },
    ],
    [
      'a list of excluded banners',
      { path: '/campaigns/7', search: 'exclude=30,10' },
      204,
      { 'x-banner-reason': 'all_excluded' },
    ],
    ['an empty list of them', { path: '/campaigns/9', search: 'exclude=' }, 200, {}],
    [
      'another quarter',
      { path: '/campaigns/8', search: 'dataset=1' },
      200,
      { 'set-cookie': undefined },
    ],
    [
      'no pool now',
      { path: '/campaigns/8', search: 'dataset=2' },
      204,
      { 'x-banner-reason': 'no_pool' },
    ],
    ['a parameter given twice', { path: '/campaigns/8', search: 'dataset=1&dataset=2' }, 400, {}],
    [
      'an unknown campaign',
      { path: '/campaigns/99' },
      404,
      { 'content-type': 'application/problem+json' },
    ],
    [
      'an id that is none',
      { path: '/campaigns/abc' },
      400,
      { 'content-type': 'application/problem+json' },
    ],
    [
      'another method',
      { path: '/campaigns/7', method: 'POST' },
      405,
      { allow: 'GET, HEAD, OPTIONS' },
    ],
    ['another path', { path: '/nothing' }, 404, { 'content-type': 'application/problem+json' }],
    ['the root', { path: '/' }, 200, { 'content-type': 'application/json' }],
  ])('answers %s', async (_name, request, status, headers) => {
    const answer = await run(({ invoke }) => invoke(eventOf(request)))

    expect(answer.statusCode).toBe(status)
    for (const [name, value] of Object.entries(headers)) expect(header(answer, name)).toBe(value)
  })

  it('answers HEAD without a body and without a cookie', async () => {
    const answer = await run(({ invoke }) =>
      invoke(eventOf({ path: '/campaigns/9', method: 'HEAD' })),
    )

    expect(answer).toMatchObject({ statusCode: 200, body: '' })
    expect(cookies(answer)).toBeUndefined()
  })

  it('sends pictures and compressed scripts as base64, and texts as they are', async () => {
    const [picture, drawing, script, docs] = await run(
      async ({ invoke }) => [
        await invoke(eventOf({ path: '/images/30' })),
        await invoke(eventOf({ path: '/images/31' })),
        await invoke(eventOf({ path: '/embed.js', headers: { 'accept-encoding': 'gzip, br' } })),
        await invoke(eventOf({ path: '/docs/swagger-ui-bundle.js' })),
      ],
      { BANNER_POOLS_IMAGES: join(folder, 'pictures') },
    )

    expect(picture?.isBase64Encoded).toBe(true)
    expect(Buffer.from(picture?.body ?? '', 'base64')).toEqual(PIXEL)
    expect(drawing).toMatchObject({ statusCode: 200, isBase64Encoded: false })
    expect(drawing?.body).toMatch(/^<svg /)
    expect(script?.isBase64Encoded).toBe(true)
    expect(gunzipSync(Buffer.from(script?.body ?? '', 'base64')).toString()).toContain('fetch(')
    expect(docs?.isBase64Encoded).toBe(false)
    expect(docs?.body.length).toBeGreaterThan(1_000_000)
  })

  it('describes itself under the path that it is published below', async () => {
    const answer = await run(({ invoke }) => invoke(eventOf({ path: '/openapi.json' })))

    expect(JSON.parse(answer.body).servers).toEqual([{ url: base === '' ? '/' : base }])
  })

  it('believes forwarded hosts only if it is told to', async () => {
    const headers = { 'X-Forwarded-Host': 'ads.example' }
    const event = eventOf({ path: '/campaigns/9', headers })
    const [distrusting, trusting] = [
      await run(({ invoke }) => invoke(event)),
      await run(({ invoke }) => invoke(event), { BANNER_POOLS_TRUST_PROXY: 'true' }),
    ]

    expect(JSON.parse(distrusting.body).image_url).toBe(`${root}/images/50`)
    expect(JSON.parse(trusting.body).image_url).toBe(`https://ads.example${base}/images/50`)
  })

  it('takes the path of the public URL off, where a domain maps it', async () => {
    const env = { BANNER_POOLS_PUBLIC_URL: 'https://shop.example/ads' }
    const answer = await run(({ invoke }) => invoke(eventOf({ path: '/ads/campaigns/9' })), env)

    expect(JSON.parse(answer.body).image_url).toBe('https://shop.example/ads/images/50')
    expect(cookies(answer)?.[0]).toContain('; Path=/ads/campaigns/9;')
  })
})

describe('the function', () => {
  it('answers what is no request with an error, and lives on', async () => {
    const answers = await run(async ({ invoke }) => [
      await invoke({ key1: 'value1' }),
      await invoke(eventOfFormat2('$default', { path: '/campaigns/9' })),
    ])

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 200])
  })

  it('does not start with a setting that is wrong', async () => {
    const starting = startLambda(folder, { POOLS_S3: 'https://bucket/prefix' })

    await expect(starting).rejects.toThrow('POOLS_S3 must be s3://bucket/prefix')
  })

  it('does not start without pools and without a bucket', async () => {
    const bare = await createFolder()
    try {
      await unpackLambda(bare, [])

      const starting = startLambda(bare, {})

      await expect(starting).rejects.toThrow('no pools are packed with the function')
    } finally {
      await removeFolder(bare)
    }
  })
})
