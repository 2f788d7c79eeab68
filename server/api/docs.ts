/** `/docs`: the description of the API for people. All files come from this server. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Answer, COMMON_HEADERS, problem } from '../base/answer.ts'
import { PAGE, START, STYLE } from './docs-page.ts'

/** Files of the package swagger-ui-dist, and their types: no other file of it is served. */
const TYPES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
}

/** Swagger UI writes style attributes and loads its icons as data URLs; it needs nothing from elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Files of our own, and their types. */
const OWN: Readonly<Record<string, readonly [body: string, type: string]>> = {
  'start.js': [START, 'text/javascript; charset=utf-8'],
  'page.css': [STYLE, 'text/css; charset=utf-8'],
}

/** A day: the files change with the package only. */
const FILE_HEADERS = { 'Cache-Control': 'public, max-age=86400', ...COMMON_HEADERS }

/** Answers `/docs`. */
export function answerDocs(): Answer {
  const type = 'text/html; charset=utf-8'
  return file(PAGE, type, { 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-cache' })
}

/** Answers `/docs/<name>`. */
export async function answerDocsFile(name: string): Promise<Answer> {
  const own = Object.hasOwn(OWN, name) ? OWN[name] : undefined
  if (own !== undefined) return file(...own)
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined
  const body = type === undefined ? undefined : await readPackageFile(name)
  if (type === undefined || body === undefined) return problem(404, 'no such path, try /docs')
  return file(body, type)
}

function file(body: string | Uint8Array, type: string, headers: Answer['headers'] = {}): Answer {
  return { status: 200, headers: { ...FILE_HEADERS, 'Content-Type': type, ...headers }, body }
}

/** Read once: a file of megabytes that is read for each request would be a way to fill the memory. */
const files = new Map<string, Promise<Buffer | undefined>>()

function readPackageFile(name: string): Promise<Buffer | undefined> {
  const known = files.get(name)
  if (known !== undefined) return known
  const reading = findPackageFile(name)
  files.set(name, reading)
  return reading
}

/** The compiled program has the files beside it, sources have the package. Undefined if neither is there. */
async function findPackageFile(name: string): Promise<Buffer | undefined> {
  const own = await readFile(new URL(`swagger-ui/${name}`, import.meta.url)).catch(() => undefined)
  if (own !== undefined) return own
  try {
    const manifest = createRequire(import.meta.url).resolve('swagger-ui-dist/package.json')
    return await readFile(join(dirname(manifest), name))
  } catch {
    return undefined
  }
}
