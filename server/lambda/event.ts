/** Events of API Gateway and of function URLs, whatever path the API is published below. */
import type { LambdaEvent } from 'hono/aws-lambda'

/** An event as if the API were published at the root of its host, and the path that it is published below. */
export interface RootedEvent {
  readonly event: LambdaEvent
  /** As visitors see it, with a leading slash and none at the end: `/default`. Empty: the root. */
  readonly basePath: string
}

/** What of an event of format 2.0 tells its path. */
interface PathOfFormat2 {
  readonly rawPath: string
  readonly requestContext: { readonly stage?: string }
}

/** What of one of format 1.0 does; REST APIs leave out the version. */
interface PathOfFormat1 {
  readonly version?: string
  readonly path?: string
  readonly requestContext?: { readonly path?: string; readonly stage?: string }
}

/** The stage of an HTTP API that has no path of its own. */
const DEFAULT_STAGE = '$default'

/**
 * Takes off an event's path what the API is published below.
 *
 * |  | path of the event | stage | base path |
 * |---|---|---|---|
 * | HTTP API, format 2.0 | `/default/campaigns/12` | `default` | `/default` |
 * | HTTP API, function URL | `/campaigns/12` | `$default` | |
 * | HTTP API, format 1.0 | `/default/campaigns/12` | `default` | `/default` |
 * | REST API | `/campaigns/12`, and `/default/campaigns/12` in `requestContext.path` | `default` | `/default` |
 * | a domain with a path mapped to any of them | `/ads/campaigns/12` | any | `/ads`, if it is the public URL's |
 *
 * @param publicPath - Path of the public URL, without a slash at the end; empty: none.
 * @returns Undefined if it is no event of an HTTP request.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function atRoot(event: LambdaEvent, publicPath: string): RootedEvent | undefined {
  if ('rawPath' in event) {
    const { rawPath, requestContext } = event as PathOfFormat2
    const { path, basePath } = cut(rawPath, [stagePath(requestContext.stage), publicPath])
    return { event: { ...event, rawPath: path } as LambdaEvent, basePath }
  }
  const { version, path: whole, requestContext } = event as PathOfFormat1
  if (whole === undefined) return undefined
  const above = version === '1.0' ? stagePath(requestContext?.stage) : ''
  const { path, basePath } = cut(whole, [above, publicPath])
  const rooted = { ...event, path } as LambdaEvent
  return { event: rooted, basePath: restStage(requestContext?.path, whole) + basePath }
}

/** A REST API takes the stage off the path before its function sees it. */
function restStage(seen: string | undefined, path: string): string {
  return seen?.endsWith(path) ? seen.slice(0, seen.length - path.length) : ''
}

function stagePath(stage: string | undefined): string {
  return stage === undefined || stage === DEFAULT_STAGE ? '' : `/${stage}`
}

/** Takes off each of the prefixes that a path has. */
function cut(path: string, prefixes: readonly string[]): { path: string; basePath: string } {
  let [rest, basePath] = [path, '']
  for (const prefix of prefixes) {
    if (prefix === '' || !(rest === prefix || rest.startsWith(`${prefix}/`))) continue
    rest = rest.slice(prefix.length)
    basePath += prefix
  }
  return { path: rest === '' ? '/' : rest, basePath }
}
