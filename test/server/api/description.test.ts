/** `/openapi.json` held against real answers in each quarter of the hour. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { poolsOf } from '../../helpers/pools.ts'
import { appWith, CHROME_IMG, CHROME_PAGE } from '../app-with.ts'

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0]

interface DescribedHeader {
  readonly required?: boolean
  readonly schema: { readonly const?: string }
}

interface DescribedResponse {
  readonly headers?: Record<string, DescribedHeader>
  readonly content?: Record<string, { readonly schema: object }>
}

interface Description {
  readonly components: { readonly schemas: Record<string, object> }
  readonly paths: Record<string, { get: { responses: Record<string, DescribedResponse> } }>
}

const QUARTERS = [
  [1, '2026-11-01T09:00:00Z'],
  [2, '2026-11-01T09:29:59Z'],
  [3, '2026-11-01T09:30:00Z'],
  [4, '2026-11-01T09:59:59Z'],
] as const

const ROUTES: readonly (readonly [route: string, path: string, accept: string])[] = [
  ['/campaigns/{id}', '/campaigns/7', '*/*'],
  ['/campaigns/{id}', '/campaigns/7', CHROME_PAGE],
  ['/campaigns/{id}', '/campaigns/7', CHROME_IMG],
  ['/campaigns/{id}', '/campaigns/7?count=2', '*/*'],
  ['/campaigns/{id}', '/campaigns/7?dataset=1', '*/*'],
  ['/campaigns/{id}', '/campaigns/8', '*/*'],
  ['/campaigns/{id}', '/campaigns/99', '*/*'],
  ['/campaigns/{id}', '/campaigns/99', CHROME_PAGE],
  ['/campaigns/{id}', '/campaigns/x', '*/*'],
  ['/campaigns/{id}', '/campaigns/7?count=11', '*/*'],
  ['/campaigns/{id}.png', '/campaigns/7.png', '*/*'],
  ['/campaigns/{id}.png', '/campaigns/8.png', '*/*'],
  ['/campaigns/{id}.png', '/campaigns/x.png', '*/*'],
  ['/images/{id}', '/images/30', '*/*'],
  ['/images/{id}', '/images/x', '*/*'],
  ['/embed.js', '/embed.js', '*/*'],
  ['/', '/', '*/*'],
]

/** An app in a quarter: campaign 7 has a pool in each, 8 in the first. */
function appAt(moment: string) {
  const pools = poolsOf({ 7: { 1: [1, 2], 2: [3], 3: [4, 5, 6], 4: [7] }, 8: { 1: [20] } })
  return appWith({ pools: () => pools, now: () => new Date(moment) })
}

/** Resolves the references of a schema, so that it can be read alone. */
function resolve(schema: object, { components }: Description): object {
  const text = JSON.stringify(schema).replace(
    /\{"\$ref":"#\/components\/schemas\/(\w+)"\}/g,
    (_, name) => JSON.stringify(resolve(components.schemas[name] ?? {}, { components, paths: {} })),
  )
  return JSON.parse(text)
}

async function assertDescribed(
  description: Description,
  [route, path, accept]: (typeof ROUTES)[number],
  response: Response,
): Promise<void> {
  const where = `${response.status} of ${path} for ${accept}`
  const described = description.paths[route]?.get.responses[response.status]
  if (described === undefined) throw new Error(`not described: ${where}`)
  for (const [name, header] of Object.entries(described.headers ?? {})) {
    const value = response.headers.get(name)
    if (header.required) expect(value, `${name}, ${where}`).not.toBeNull()
    if (header.schema.const !== undefined) expect(value).toBe(header.schema.const)
  }
  const type = response.headers.get('content-type')?.split(';')[0]
  if (described.content === undefined) {
    expect(await response.text(), where).toBe('')
    return
  }
  const content = described.content[type ?? ''] ?? described.content['image/*']
  if (content === undefined) throw new Error(`the type ${type} is not described: ${where}`)
  if (!type?.endsWith('json')) return
  const schema = z.fromJSONSchema(resolve(content.schema, description) as JsonSchema)
  const parsed = schema.safeParse(await response.json())
  expect(parsed.error, where).toBeUndefined()
}

describe('/openapi.json', () => {
  it.each(QUARTERS)('describes every answer of quarter %i', async (dataset, moment) => {
    const app = appAt(moment)
    const description = (await (await app.request('/openapi.json')).json()) as Description
    const banner = await (await app.request('/campaigns/7')).json()
    expect(banner).toMatchObject({ dataset })

    for (const asked of ROUTES) {
      const response = await app.request(asked[1], { headers: { accept: asked[2] } })
      await assertDescribed(description, asked, response)
    }
  })

  it('is refused where it is wrong: the validator works', async () => {
    const app = appAt('2026-11-01T09:00:00Z')
    const text = await (await app.request('/openapi.json')).text()
    const wrong = JSON.parse(text.replace('"enum":[1,2,3,4]', '"enum":[2]')) as Description
    const asked = ['/campaigns/{id}', '/campaigns/7', '*/*'] as const

    const checking = assertDescribed(wrong, asked, await app.request('/campaigns/7'))

    await expect(checking).rejects.toThrow('200 of /campaigns/7')
  })

  it('may be read by other sites, names no host and is not kept unasked', async () => {
    const response = await appWith({ publicUrl: 'https://example.com/banners' }).request(
      'http://other.example/openapi.json',
    )

    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-cache',
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    })
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({ servers: [{ url: '/banners' }] })
    expect(text).not.toMatch(/other\.example|example\.com/)
  })
})
