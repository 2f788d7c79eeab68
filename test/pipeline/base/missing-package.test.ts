import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { explainMissingPackage } from '../../../pipeline/base/missing-package.ts'

/** As Node words it, for `import` and for `require`. */
function notFound(code: string, kind: string, name: string): Error {
  return Object.assign(new Error(`Cannot find ${kind} '${name}' imported from /app/x.js`), { code })
}

describe('explainMissingPackage', () => {
  it.each([
    ['@duckdb/node-api', 'this command needs DuckDB', '@duckdb/node-api'],
    ['@aws-sdk/client-athena', '--engine athena needs its client', '@aws-sdk/client-athena'],
    ['@aws-sdk/client-s3', 's3:// needs its client', '@aws-sdk/client-s3 @aws-sdk/lib-storage'],
    ['@platformatic/kafka', '--kafka needs its client', '@platformatic/kafka@1.22.0'],
    ['trino-client', '--engine trino needs its client', 'trino-client@0.2.9'],
  ])('tells what to install for %s', (name, use, install) => {
    const explained = explainMissingPackage(notFound('ERR_MODULE_NOT_FOUND', 'package', name))

    expect(explained).toMatchObject({
      name: 'PipelineError',
      message: `${use}, which is not installed: npm install ${install}`,
      exitCode: 1,
    })
  })

  it('knows DuckDB without its library for this platform', () => {
    const name = '@duckdb/node-bindings-linux-x64/duckdb.node'
    const explained = explainMissingPackage(notFound('MODULE_NOT_FOUND', 'module', name))

    expect(explained).toMatchObject({
      message: expect.stringMatching(/^this command needs DuckDB/),
    })
  })

  it.each([
    notFound('ERR_MODULE_NOT_FOUND', 'package', 'zod'),
    notFound('ERR_OTHER', 'package', 'trino-client'),
    new Error('something else'),
  ])('leaves other errors as they are: %s', (error) => {
    expect(explainMissingPackage(error)).toBe(error)
  })
})

it('names the version of trino-client that package.json asks for', async () => {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8')

  expect(JSON.parse(text).peerDependencies['trino-client']).toBe('0.2.9')
})
