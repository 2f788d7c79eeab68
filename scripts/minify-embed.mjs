/** Makes the script that is served of its source: `node scripts/minify-embed.mjs`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'

const FOLDER = new URL('../server/banner/', import.meta.url)

/** Minifies the source for browsers of 2022 or later. */
export function minifyEmbed() {
  const source = readFileSync(new URL('embed.client.js', FOLDER), 'utf8')
  return transformSync(source, { minify: true, target: 'es2022' }).code
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('embed.min.client.js', FOLDER), minifyEmbed())
}
