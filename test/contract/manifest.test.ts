import { describe, expect, it } from 'vitest'
import { formatManifest, parseManifest } from '../../contract/manifest.ts'
import type { Manifest } from '../../contract/schema.ts'

const MANIFEST: Manifest = {
  format_version: 2,
  build_id: '0123456789abcdef',
  created_at: '2026-11-23T10:00:00.000Z',
  engine: { name: 'duckdb', version: 'v1.5.6' },
  version: '0.1.0',
  seed: 0,
  previous_build_id: null,
  keep_equal_files: false,
  renames: [{ table: 'clicks', from: 'clickId', to: 'click_id' }],
  window: { days: 30, day: '2026-11-23' },
  warnings: ['1/notes.txt is no log'],
  inputs: [
    {
      dataset: 1,
      table: 'clicks',
      path: '1/größe_clicks.csv',
      bytes: 10,
      sha256: 'a'.repeat(64),
      lines_bytes: 9,
      lines_sha256: 'c'.repeat(64),
      rows: 2,
      accepted: 1,
      rejected: 0,
      duplicates: 1,
      status: 'loaded',
      rounded: 0,
      ignored_columns: [],
      warnings: [],
    },
  ],
  outputs: [{ file: 'pools.parquet', bytes: 5, sha256: 'b'.repeat(64), rows: 1 }],
  measures: { shared_click_ids: 0 },
  checks: [{ name: 'pools_are_in_order', severity: 'error', failing_rows: 0, passed: true }],
  summary: {
    pools_by_rule: [
      { dataset: 1, rule: 'top_clicks', pool_count: 1, filled_count: 0, short_count: 1 },
    ],
    rejects_by_reason: [],
  },
}

describe('formatManifest', () => {
  it('is read back as it was', () => {
    expect(parseManifest(formatManifest(MANIFEST))).toEqual(MANIFEST)
  })

  it('is the same text for the same manifest', () => {
    expect(formatManifest(MANIFEST)).toBe(formatManifest(MANIFEST))
    expect(formatManifest(MANIFEST)).toMatch(/"manifest_sha256": "[0-9a-f]{64}"\n}\n$/)
  })
})

describe('parseManifest', () => {
  it('refuses every flipped bit', () => {
    const bytes = Buffer.from(formatManifest(MANIFEST))
    const accepted: number[] = []

    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const altered = Buffer.from(bytes)
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      if (isAccepted(altered.toString('utf8'))) accepted.push(bit)
    }

    expect(accepted).toEqual([])
  })

  it('refuses every truncation', () => {
    const text = formatManifest(MANIFEST)
    const lengths = Array.from({ length: text.length }, (_, length) => length)

    expect(lengths.filter((length) => isAccepted(text.slice(0, length)))).toEqual([])
  })

  it.each([
    [{ ...MANIFEST, format_version: 3 }, /^format version is 3, expected 2 or 1$/],
    [{ ...MANIFEST, format_version: ['3\n'] }, /^format version is object, expected 2 or 1$/],
    [
      { ...MANIFEST, inputs: [{ ...MANIFEST.inputs[0], dataset: 5 }] },
      'not a manifest, inputs.0.dataset:',
    ],
    [{ ...MANIFEST, warnings: undefined }, 'not a manifest, warnings:'],
    [{ ...MANIFEST, build_id: '../x' }, 'not a manifest, build_id:'],
    [{ ...MANIFEST, outputs: undefined }, 'not a manifest, outputs:'],
    [[], 'format version is undefined'],
    [null, 'format version is undefined'],
  ])('refuses other documents, %#', (content, message) => {
    expect(() => parseManifest(JSON.stringify(content))).toThrow(message)
  })

  it('ignores fields that it does not know, which a later program may write', () => {
    const later = { ...MANIFEST, engine: { ...MANIFEST.engine, threads: 2 }, author: 'x' }

    expect(parseManifest(formatManifest(later))).toEqual(MANIFEST)
  })

  it('takes an input that belongs to no dataset', () => {
    const [input] = MANIFEST.inputs
    const banners = { ...input, dataset: null, table: 'banners', path: 'banners.csv' }

    expect(parseManifest(JSON.stringify({ ...MANIFEST, inputs: [banners] })).inputs).toEqual([
      banners,
    ])
  })

  it('takes a manifest without a seal, as another engine may write it', () => {
    expect(parseManifest(JSON.stringify(MANIFEST))).toEqual(MANIFEST)
  })
})

describe('parseManifest of format version 1', () => {
  const {
    version: _,
    warnings: __,
    keep_equal_files: ___,
    renames: ____,
    window: _____,
    summary: ______,
    inputs,
    ...rest
  } = MANIFEST
  const old = {
    ...rest,
    format_version: 1,
    inputs: inputs.map(({ lines_bytes: _, lines_sha256: __, ...input }) => input),
  }

  it('reads it as version 2', () => {
    expect(parseManifest(JSON.stringify(old))).toEqual({
      ...MANIFEST,
      version: null,
      warnings: [],
      renames: [],
      window: null,
      summary: null,
      inputs: [{ ...inputs[0], lines_bytes: 10, lines_sha256: 'a'.repeat(64) }],
    })
  })

  it('fills in what its first programs did not write', () => {
    const { previous_build_id: _, measures: __, ...older } = old

    expect(parseManifest(JSON.stringify(older))).toMatchObject({
      previous_build_id: null,
      measures: {},
    })
  })

  it('refuses fields that version 1 did not have', () => {
    expect(() => parseManifest(JSON.stringify({ ...old, seeds: 1 }))).toThrow('Unrecognized key')
  })
})

function isAccepted(text: string): boolean {
  try {
    parseManifest(text)
    return true
  } catch {
    return false
  }
}
