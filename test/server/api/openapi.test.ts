import { describe, expect, it } from 'vitest'
import { Banner, Banners, Index, Problem } from '../../../server/api/schemas.ts'
import { appWith, CHROME_IMG, CHROME_PAGE } from '../app-with.ts'

interface Description {
  readonly openapi: string
  readonly servers: readonly { url: string }[]
  readonly paths: Record<string, { get: { responses: Record<string, unknown> } }>
}

async function describeApi(): Promise<Description> {
  const response = await appWith().request('http://b.example/openapi.json')
  return (await response.json()) as Description
}

describe('/openapi.json', () => {
  it('describes every public route', async () => {
    const { openapi, servers, paths } = await describeApi()

    expect(openapi).toBe('3.1.0')
    expect(servers).toEqual([{ url: '/' }])
    expect(Object.keys(paths).sort()).toEqual(
      ['/', '/campaigns/{id}', '/campaigns/{id}.png', '/embed.js', '/images/{id}'].sort(),
    )
  })

  it('describes the parameters as numbers and lists, not as what they are checked by', async () => {
    const { paths } = await describeApi()

    expect(paths['/campaigns/{id}']).toMatchObject({
      get: {
        parameters: [
          {
            name: 'id',
            in: 'path',
            required: true,
            schema: { type: 'integer', minimum: 1, maximum: 9007199254740991 },
          },
          { name: 'dataset', in: 'query', schema: { type: 'integer', enum: [1, 2, 3, 4] } },
          {
            name: 'exclude',
            in: 'query',
            style: 'form',
            explode: false,
            schema: { type: 'array', items: { type: 'integer', minimum: 1 }, maxItems: 100 },
          },
          { name: 'count', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 10 } },
        ],
      },
    })
  })

  it.each([
    ['/campaigns/{id}', '/campaigns/7', { accept: '*/*' }],
    ['/campaigns/{id}', '/campaigns/7', { accept: CHROME_PAGE }],
    ['/campaigns/{id}', '/campaigns/7', { accept: CHROME_IMG }],
    ['/campaigns/{id}', '/campaigns/7?dataset=9', {}],
    ['/campaigns/{id}', '/campaigns/8', {}],
    ['/campaigns/{id}', '/campaigns/99', {}],
    ['/campaigns/{id}', '/campaigns/7?count=2', {}],
    ['/campaigns/{id}.png', '/campaigns/7.png', {}],
    ['/campaigns/{id}.png', '/campaigns/8.png', {}],
    ['/campaigns/{id}.png', '/campaigns/99.png', {}],
    ['/campaigns/{id}.png', '/campaigns/x.png', {}],
    ['/images/{id}', '/images/30', {}],
    ['/images/{id}', '/images/x', {}],
    ['/embed.js', '/embed.js', {}],
    ['/', '/', {}],
  ])('documents the status that %s has for %s', async (route, path, headers) => {
    const { paths } = await describeApi()

    const { status } = await appWith().request(path, { headers })

    expect(Object.keys(paths[route]?.get.responses ?? {})).toContain(String(status))
  })

  it('has groups with names, and examples of what is served', async () => {
    const { paths, tags } = (await describeApi()) as Description & { tags: { name: string }[] }
    const campaign = paths['/campaigns/{id}']?.get as unknown as {
      parameters: { schema: { example: number } }[]
      responses: Record<string, { content: Record<string, { example: object }> }>
    }
    const example = campaign.responses[200]?.content['application/json']?.example

    expect(tags.map(({ name }) => name)).toEqual(['Banners', 'Pictures and script', 'Service'])
    expect(Banner.safeParse(example).error).toBeUndefined()
    expect(example).toMatchObject({ campaign_id: campaign.parameters[0]?.schema.example })
    const { status } = await appWith().request(
      `/campaigns/${campaign.parameters[0]?.schema.example}?dataset=1`,
    )
    expect(status).toBeLessThan(300)
  })

  it.each([
    ['/campaigns/7', Banner],
    ['/campaigns/7?dataset=3', Banner],
    ['/campaigns/7?count=2', Banners],
    ['/', Index],
    ['/campaigns/99', Problem],
    ['/campaigns/x', Problem],
    ['/images/x', Problem],
    ['/nowhere', Problem],
  ])('has a schema that the answer to %s keeps, field by field', async (path, schema) => {
    const response = await appWith().request(path)

    expect(schema.safeParse(await response.json()).error).toBeUndefined()
  })
})

describe('/docs', () => {
  it('loads nothing from elsewhere', async () => {
    const page = await appWith().request('/docs')

    const links = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url)
    expect(links.length).toBeGreaterThan(2)
    for (const link of links) {
      const { status } = await appWith().request(`/${link}`)
      expect(status).toBe(200)
    }
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self';/,
    )
  })

  it.each(['package.json', 'index.html', 'swagger-ui.js', '__proto__', 'constructor'])(
    'does not serve %s',
    async (name) => {
      expect((await appWith().request(`/docs/${name}`)).status).toBe(404)
    },
  )
})
