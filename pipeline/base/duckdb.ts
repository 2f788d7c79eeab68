import { createRequire } from 'node:module'
import type * as DuckDB from '@duckdb/node-api'

const require = createRequire(import.meta.url)

/**
 * Loads DuckDB, when it is needed. By `require`: the package is CommonJS, and before `import` runs such a package it parses
 * all of its files for the names that they export, which takes twice as long as to run them.
 *
 * @throws {Error} With code `MODULE_NOT_FOUND`, if it is not installed.
 */
export function loadDuckDb(): typeof DuckDB {
  return require('@duckdb/node-api')
}
