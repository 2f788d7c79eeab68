import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EMBED_SCRIPT } from '../../../server/banner/embed.ts'

describe('embed.js', () => {
  it('is what its source is minified to', async () => {
    const { minifyEmbed } = await import(
      join(import.meta.dirname, '../../../scripts/minify-embed.mjs')
    )

    expect(EMBED_SCRIPT).toBe(minifyEmbed())
  })
})
