/**
 * Events as API Gateway and function URLs send them, with every field that their documentation shows.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */

/** A request, as a visitor sends it. */
export interface VisitorRequest {
  readonly method?: string
  /** Below what the API is published. */
  readonly path: string
  readonly search?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly cookie?: string
}

/** The host of all events. */
export const HOST = 'a1b2c3.execute-api.eu-central-1.amazonaws.com'

const TIME = { time: '01/Nov/2026:09:20:00 +0000', timeEpoch: 1_793_524_800_000 }
const CLIENT = { sourceIp: '192.0.2.1', userAgent: 'curl/8.5.0' }

/** An HTTP API or, with the stage `$default`, a function URL: format 2.0. */
export function eventOfFormat2(stage: string, request: VisitorRequest): object {
  const { method = 'GET', path, search = '', headers = {}, cookie } = request
  const rawPath = stage === '$default' ? path : `/${stage}${path}`
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: search,
    ...(cookie !== undefined && { cookies: cookie.split('; ') }),
    headers: { ...forwarded(), ...headers },
    ...(search !== '' && {
      queryStringParameters: Object.fromEntries(new URLSearchParams(search)),
    }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'a1b2c3',
      domainName: HOST,
      domainPrefix: 'a1b2c3',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', ...CLIENT },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage,
      ...TIME,
    },
    isBase64Encoded: false,
  }
}

/** An HTTP API with format 1.0: the stage is part of the path. */
export function eventOfFormat1(stage: string, request: VisitorRequest): object {
  const path = stage === '$default' ? request.path : `/${stage}${request.path}`
  return { version: '1.0', ...eventOfRest(stage, request), path }
}

/** A REST API: the stage is in the context only, and all header names are as they were sent. */
export function eventOfRest(stage: string, request: VisitorRequest): object {
  const { method = 'GET', path, search = '', headers = {}, cookie } = request
  const all = { ...forwarded('X-Forwarded-'), ...headers, ...(cookie && { Cookie: cookie }) }
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers: all,
    multiValueHeaders: mapValues(all, (value) => [value]),
    ...buildQuery(search),
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'a1b2c3',
      domainName: HOST,
      domainPrefix: 'a1b2c3',
      extendedRequestId: 'JKJaXmPLvHcESHA=',
      httpMethod: method,
      identity: { cognitoIdentityId: null, ...CLIENT },
      path: stage === '$default' ? path : `/${stage}${path}`,
      protocol: 'HTTP/1.1',
      requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      requestTime: TIME.time,
      requestTimeEpoch: TIME.timeEpoch,
      resourcePath: '/{proxy+}',
      stage,
    },
    body: null,
    isBase64Encoded: false,
  }
}

function forwarded(prefix = 'x-forwarded-'): Record<string, string> {
  const [proto, port, from] =
    prefix === 'x-forwarded-' ? ['proto', 'port', 'for'] : ['Proto', 'Port', 'For']
  return {
    [prefix === 'x-forwarded-' ? 'host' : 'Host']: HOST,
    [`${prefix}${from}`]: '192.0.2.1',
    [`${prefix}${port}`]: '443',
    [`${prefix}${proto}`]: 'https',
  }
}

function buildQuery(search: string): object {
  if (search === '') {
    return { queryStringParameters: null, multiValueQueryStringParameters: null }
  }
  const query = new URLSearchParams(search)
  const all = Object.fromEntries([...query.keys()].map((name) => [name, query.getAll(name)]))
  return {
    queryStringParameters: mapValues(all, (values) => values.at(-1)),
    multiValueQueryStringParameters: all,
  }
}

function mapValues<T, U>(object: Readonly<Record<string, T>>, fn: (value: T) => U) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, fn(value)]))
}
