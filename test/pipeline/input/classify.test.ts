import { describe, expect, it } from 'vitest'
import type { Dataset, Table } from '../../../contract/schema.ts'
import { classifyFiles } from '../../../pipeline/input/classify.ts'
import type { Inspection } from '../../../pipeline/input/scan/inspect.ts'
import type { SourceFile } from '../../../pipeline/input/sources.ts'

/** A file whose lines are told by a word; `''` = not even a header. */
function classify(files: Readonly<Record<string, string>>, keepEqualFiles = false) {
  const sources = Object.keys(files).map((path): SourceFile => {
    const [dataset, name = ''] = path.split('/')
    const table = name.replace(/[_.].*/, '') as Table
    return { dataset: Number(dataset) as Dataset, table, path, fullPath: `in/${path}`, bytes: 1 }
  })
  const inspections = Object.values(files).map(inspectionOf)
  return classifyFiles(sources, inspections, { keepEqualFiles }).map(({ status, warnings }) => [
    status,
    ...warnings,
  ])
}

function inspectionOf(lines: string): Inspection {
  const names = lines === '' ? [] : ['click_id']
  return {
    ...{ bytes: 1, sha256: lines, linesBytes: 1, linesSha256: lines, stamp: '' },
    header: { names, kinds: [], positions: [], ignored: [], isSegment: false, lineEnd: '\n' },
    rows: lines === '' || lines.startsWith('header') ? 0 : 1,
    ...{ isClean: true, isFinished: true, readLength: null },
  }
}

describe('classifyFiles', () => {
  it('counts files with different lines', () => {
    expect(classify({ '1/clicks_a.csv': 'a', '1/clicks_b.csv': 'b' })).toEqual([
      ['loaded'],
      ['loaded'],
    ])
  })

  it('skips a file with the lines of another', () => {
    expect(classify({ '1/clicks_a.csv': 'a', '1/clicks_b.csv': 'a' })).toEqual([
      ['loaded'],
      ['duplicate', 'skipped, same lines as 1/clicks_a.csv'],
    ])
  })

  it('says how to count equal files of impressions, which have no ids', () => {
    const files = { '1/impressions_a.csv': 'a', '1/impressions_b.csv': 'a' }

    expect(classify(files)[1]).toEqual([
      'duplicate',
      'skipped, same lines as 1/impressions_a.csv: if both are true, --keep-equal-files counts both',
    ])
    expect(classify(files, true)).toEqual([
      ['loaded'],
      ['loaded', 'counted, same lines as 1/impressions_a.csv'],
    ])
  })

  it('skips equal files of a table with ids whatever is asked for', () => {
    expect(classify({ '1/clicks_a.csv': 'a', '1/clicks_b.csv': 'a' }, true)[1]?.[0]).toBe(
      'duplicate',
    )
  })

  it.each([false, true])('takes a log packed and unpacked for one, keeping equal: %s', (keep) => {
    expect(classify({ '1/impressions_a.csv': 'a', '1/impressions_a.csv.gz': 'a' }, keep)).toEqual([
      ['loaded'],
      ['duplicate', 'skipped, the same log as 1/impressions_a.csv'],
    ])
  })

  it('refuses a log packed and unpacked with different lines', () => {
    expect(() => classify({ '1/clicks_a.csv': 'a', '1/clicks_a.csv.gz': 'b' })).toThrow(
      'in/1/clicks_a.csv: is there packed and unpacked with different lines, remove one of the two: in/1/clicks_a.csv.gz',
    )
  })

  it('warns of the lines of another dataset, and counts them', () => {
    expect(classify({ '1/clicks_a.csv': 'a', '2/clicks_a.csv': 'a' })[1]).toEqual([
      'loaded',
      'same lines as 1/clicks_a.csv, which is another dataset: one of them may be misplaced',
    ])
  })

  it('takes files without rows for what they are, not for duplicates', () => {
    expect(classify({ '1/clicks_a.csv': 'header', '1/clicks_b.csv': 'header' })).toEqual([
      ['empty', 'has a header and no rows'],
      ['empty', 'has a header and no rows'],
    ])
  })

  it('warns of an empty file beside one with a header', () => {
    expect(classify({ '1/clicks_a.csv': 'header', '1/clicks_b.csv': '' })[1]).toEqual([
      'empty',
      'is empty, without even a header: if its export failed, export it again',
    ])
  })

  it('refuses a table of empty files alone', () => {
    expect(() =>
      classify({ '1/clicks_a.csv': '', '1/clicks_b.csv': '', '2/clicks.csv': 'a' }),
    ).toThrow('in/1/clicks_a.csv: is empty, a table without rows needs its header line')
  })
})
