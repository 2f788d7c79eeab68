/** `/openapi.json`: the description of the public routes. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { type Answer, COMMON_HEADERS } from '../base/answer.ts'
import type { Pools } from '../pools/pools.ts'
import { addExamples } from './examples.ts'
import { API_INFO } from './routes.ts'

const HEADERS = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-cache',
  ...COMMON_HEADERS,
} as const

/** Answers with the description, for a server below this path, with examples of what is served. */
export type AnswerDescription = (basePath: string, pools: Pools | undefined) => Answer

/**
 * Makes the answer of the routes of an app. It is written once for each path that the server is published below: a handful,
 * since it is a setting or a stage of an API; and once for each build. The host is not in it, since the server's URL is relative.
 */
export function createDescription(
  app: Pick<OpenAPIHono, 'getOpenAPI31Document'>,
): AnswerDescription {
  const known = new Map<string, Answer>()
  let buildId: string | undefined
  return (basePath, pools) => {
    // Changes on top of a build make no other examples.
    const served = pools?.buildId.split('+')[0]
    if (served !== buildId) known.clear()
    buildId = served
    const servers = [{ url: basePath === '' ? '/' : basePath }]
    const made = known.get(basePath) ?? {
      status: 200,
      headers: HEADERS,
      body: JSON.stringify(addExamples(describe(app, servers), pools)),
    }
    known.set(basePath, made)
    return made
  }
}

/** Groups without a route are left out. */
function describe(
  app: Pick<OpenAPIHono, 'getOpenAPI31Document'>,
  servers: readonly { readonly url: string }[],
) {
  const document = app.getOpenAPI31Document({ ...API_INFO, servers: [...servers] })
  const routes = Object.values(document.paths ?? {}).flatMap((path) => Object.values(path))
  const used = new Set(routes.flatMap((route: { tags?: readonly string[] }) => route.tags ?? []))
  return { ...document, tags: API_INFO.tags.filter(({ name }) => used.has(name)) }
}
