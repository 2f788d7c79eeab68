import { describe, expect, it } from 'vitest'
import { PipelineError } from '../../../pipeline/base/errors.ts'
import type { FileLines } from '../../../pipeline/state/dataset-part.ts'
import { CountsState } from '../../../pipeline/state/state.ts'
import { describePairs, describeState } from '../../helpers/state/describe-state.ts'

const HEADERS = {
  impressions: 'banner_id,campaign_id\n',
  clicks: 'click_id,banner_id,campaign_id\n',
  conversions: 'conversion_id,click_id,revenue\n',
}

function whole(table: FileLines['table'], lines: string, path: string = table): FileLines {
  return { dataset: 1, table, path, firstLine: 1, bytes: Buffer.from(HEADERS[table] + lines) }
}

describe('CountsState', () => {
  it('takes back what a click and its conversion brought when a second content arrives', () => {
    const state = new CountsState({ renames: [] })
    state.add(whole('clicks', '5,30,7\n'))
    state.add(whole('conversions', '1,5,1.5\n'))

    state.add({ ...whole('clicks', ''), firstLine: 3, bytes: Buffer.from('5,31,8\n') })

    expect(describeState(state)).toEqual({
      pairs: {},
      files: {
        clicks: ['2|0|2|0', '2 conflict', '3 conflict'],
        conversions: ['1|0|1|0', '2 orphan'],
      },
    })
    expect(state.takeTouched()).toEqual(new Map([[1, [7]]]))
  })

  it('counts a conversion for its click once the click arrives', () => {
    const state = new CountsState({ renames: [] })
    state.add(whole('conversions', '1,9223372036854775807,0.0000005\n'))
    state.takeTouched()

    state.add(whole('clicks', '9223372036854775807,30,7\n'))

    expect(describePairs(state.pairs(state.takeTouched()))).toEqual({ '1|7|30': '0|1|1|1' })
  })

  it('adds revenues up beyond 2^53 without losing a millionth', () => {
    const state = new CountsState({ renames: [] })
    state.add(whole('clicks', '5,30,7\n'))

    state.add(whole('conversions', '1,5,499999999999.999999\n2,5,400000000000.000001\n3,5,0.1\n'))

    expect(describePairs(state.pairs())).toEqual({ '1|7|30': '0|1|3|900000000000100000' })
  })

  it('counts nothing of lines after which the file cannot be trusted', () => {
    const state = new CountsState({ renames: [] })
    const bad = whole('clicks', '5,30,7\nclick_id,banner_id\n6,30,7\n')

    expect(() => state.add(bad)).toThrow('clicks: line 3 looks like the header of a second table')

    expect(state.places()).toEqual([])
    expect(state.pairs().size).toBe(0)
  })

  it('refuses lines that leave a gap or come twice', () => {
    const state = new CountsState({ renames: [] })
    const lines = whole('clicks', '5,30,7\n')
    state.add(lines)

    expect(() => state.add(lines)).toThrow('line 1 does not follow, 3 is next')
    expect(() => state.add({ ...lines, firstLine: 4 })).toThrow('line 4 does not follow')
  })

  it('reads a duplicate file without counting it', () => {
    const state = new CountsState({ renames: [] })
    state.add(whole('impressions', '30,7\n'))

    state.add({ ...whole('impressions', '30,7\n', 'other'), isDuplicate: true })

    expect(describeState(state)).toEqual({
      pairs: { '1|7|30': '1|0|0|0' },
      files: { impressions: ['1|1|0|0'], other: ['1|0|0|1'] },
    })
  })

  it('takes a dataset that was made anew, and tells which campaigns were and are in it', () => {
    const state = new CountsState({ renames: [] })
    state.add(whole('impressions', '30,7\n'))
    state.takeTouched()
    const anew = new CountsState({ renames: [] })
    anew.add(whole('impressions', '30,8\n', 'other'))

    state.replace(1, anew)

    expect(state.takeTouched()).toEqual(new Map([[1, [8, 7]]]))
    expect(describePairs(state.pairs())).toEqual({ '1|8|30': '1|0|0|0' })
  })

  it('ends with one line when it takes more memory than allowed', () => {
    const state = new CountsState({ renames: [], memoryLimitBytes: 1000 })
    const lines = Array.from({ length: 300_000 }, (_, id) => `${id + 1},30,7\n`).join('')

    expect(() => state.add(whole('clicks', lines))).toThrow(
      new PipelineError(
        'clicks: the counts need more than 1000 bytes of memory, raise --memory-limit or take fewer days with --window',
      ),
    )
  })
})
