import { describe, expect, it } from 'vitest'
import {
  formatListQuery,
  readListQuery,
  show,
  sortBy,
} from '../../../server/explorer/list-query.ts'

function read(text: string) {
  const parameters = new URLSearchParams(text)
  return readListQuery((name) => parameters.get(name) ?? undefined)
}

describe('readListQuery', () => {
  it('reads what makes sense, and leaves out what does not', () => {
    expect(read('')).toEqual({
      ...{ sort: 'id', isAscending: true, filter: 'all', digits: '', page: 1, since: undefined },
    })
    expect(read('q=+12&sort=change&show=short&page=3&since=0123456789abcdef')).toEqual({
      ...{ sort: 'change', isAscending: true, filter: 'short', digits: '12', page: 3 },
      since: '0123456789abcdef',
    })
    expect(read('sort=x&order=x&show=x&page=0&since=../x')).toEqual(read(''))
    expect(read('sort=revenue').isAscending).toBe(false)
    expect(read('sort=revenue&order=up').isAscending).toBe(true)
  })
})

describe('formatListQuery', () => {
  it.each(['', '?q=12', '?sort=change', '?q=1&show=gone&sort=revenue&order=up&page=2'])(
    'writes %j as it was read',
    (text) => {
      expect(formatListQuery(read(text))).toBe(text)
    },
  )
})

describe('sortBy', () => {
  it('turns the order round at the second time, and begins at the first page', () => {
    const first = sortBy(read('page=4&q=1'), 'revenue')

    expect(formatListQuery(first)).toBe('?q=1&sort=revenue')
    expect(formatListQuery(sortBy(first, 'revenue'))).toBe('?q=1&sort=revenue&order=up')
  })
})

describe('show', () => {
  it('keeps the order', () => {
    expect(formatListQuery(show(read('sort=change&page=2'), 'changed'))).toBe(
      '?show=changed&sort=change',
    )
  })
})
