/** What a list of campaigns is asked for in its URL, and URLs that ask for other lists. */
import type { ListQuestion } from './data/build-questions.ts'
import { FILTERS, type Filter, SORTS, type Sort } from './data/overview.ts'

/** What a URL of the list asks for. */
export interface ListQuery extends Omit<ListQuestion, 'since' | 'ids'> {
  /** Id of the build to compare with, as it was written; undefined: the usual one. */
  readonly since: string | undefined
}

/** The number of a page; no list has more of them. */
const PAGE = /^[1-9]\d{0,8}$/

/** What is greatest comes first, but for ids and for what was lost. */
const ASCENDING: readonly Sort[] = ['id', 'change', 'stability']

/** A build id, or the beginning of one. */
const BUILD_ID = /^[0-9a-f]{8,64}$/

/** Reads a query; what makes no sense is as if it were not there. */
export function readListQuery(query: (name: string) => string | undefined): ListQuery {
  const sort = SORTS.find((one) => one === query('sort')) ?? 'id'
  const order = query('order')
  const since = query('since') ?? ''
  return {
    sort,
    isAscending: order === 'up' || (order !== 'down' && ASCENDING.includes(sort)),
    filter: FILTERS.find((one) => one === query('show')) ?? 'all',
    digits: query('q')?.trim() ?? '',
    page: Number(PAGE.exec(query('page') ?? '') ?? 1),
    since: BUILD_ID.test(since) ? since : undefined,
  }
}

/** Writes a query, from its mark on, without what goes without saying; empty if nothing is left. */
export function formatListQuery(query: ListQuery): string {
  const { sort, isAscending, filter, digits, page, since } = query
  const usual = ASCENDING.includes(sort)
  const parameters = new URLSearchParams({
    ...(digits !== '' && { q: digits }),
    ...(filter !== 'all' && { show: filter }),
    ...(sort !== 'id' && { sort }),
    ...(isAscending !== usual && { order: isAscending ? 'up' : 'down' }),
    ...(since !== undefined && { since }),
    ...(page > 1 && { page: String(page) }),
  })
  return parameters.size === 0 ? '' : `?${parameters}`
}

/** Another order of the same list: the other way round, if it is the same column. */
export function sortBy(query: ListQuery, sort: Sort): ListQuery {
  const isAscending = query.sort === sort ? !query.isAscending : ASCENDING.includes(sort)
  return { ...query, sort, isAscending, page: 1 }
}

/** Another part of the campaigns. */
export function show(query: ListQuery, filter: Filter): ListQuery {
  return { ...query, filter, page: 1 }
}
