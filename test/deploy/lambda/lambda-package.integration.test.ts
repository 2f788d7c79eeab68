import { describe, expect, it } from 'vitest'
import { bundleLambda } from '../../../deploy/lambda/lambda-files.ts'
import { zipFiles } from '../../../deploy/lambda/zip.ts'

describe('the package of the function', () => {
  it('has at most 1 MB without pools', async () => {
    const { files } = await bundleLambda()

    expect(Object.keys(files)).toEqual(expect.arrayContaining(['index.js', 'load-worker.js']))
    expect(zipFiles(files).length).toBeLessThanOrEqual(1_000_000)
  })

  it('is made of the server, the contract, and these packages: no DuckDB, nothing of the batch job', async () => {
    const { inputs } = await bundleLambda()

    const packages = inputs.map(
      (path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.split('/')[0],
    )
    expect([...new Set(packages)].sort()).toEqual([
      '@asteasolutions/zod-to-openapi',
      '@hono/zod-openapi',
      '@hono/zod-validator',
      '@smithy/core',
      '@smithy/signature-v4',
      'contract',
      'fzstd',
      'hono',
      'server',
      'zod',
      'zstddec',
    ])
  })

  it('has the same bytes each time, in any zone of time', async () => {
    const first = zipFiles((await bundleLambda()).files)
    const zone = process.env.TZ
    process.env.TZ = 'Pacific/Auckland'
    try {
      const second = zipFiles((await bundleLambda()).files)

      expect(Buffer.compare(first, second)).toBe(0)
    } finally {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    }
  })
})
