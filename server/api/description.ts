/** `/openapi.json`: the description of the public routes. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { type Answer, COMMON_HEADERS } from '../base/answer.ts'
import { API_INFO } from './routes.ts'

const HEADERS = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-cache',
  ...COMMON_HEADERS,
} as const

/** Answers with the description, for a server below this path. */
export type AnswerDescription = (basePath: string) => Answer

/**
 * Makes the answer of the routes of an app. It is written once for each path that the server is published below: a handful,
 * since it is a setting or a stage of an API. The host is not in it, since the server's URL is relative.
 */
export function createDescription(
  app: Pick<OpenAPIHono, 'getOpenAPI31Document'>,
): AnswerDescription {
  const known = new Map<string, Answer>()
  return (basePath) => {
    const servers = [{ url: basePath === '' ? '/' : basePath }]
    const made = known.get(basePath) ?? {
      status: 200,
      headers: HEADERS,
      body: JSON.stringify(app.getOpenAPI31Document({ ...API_INFO, servers })),
    }
    known.set(basePath, made)
    return made
  }
}
