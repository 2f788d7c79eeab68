/** Links to the page before and after, where a list has several. */
import { formatCount } from '../../../contract/format-count.ts'

/** @param href - The address of a page of the list. */
export function PageLinks({
  page,
  pages,
  href,
}: {
  page: number
  pages: number
  href: (page: number) => string
}) {
  if (pages < 2) return null
  return (
    <nav class="pager" aria-label="Pages of the list">
      {page > 1 && (
        <a href={href(page - 1)} rel="prev">
          Previous
        </a>
      )}
      <span>
        Page {formatCount(page)} of {formatCount(pages)}
      </span>
      {page < pages && (
        <a href={href(page + 1)} rel="next">
          Next
        </a>
      )}
    </nav>
  )
}

/** Makes addresses that keep the rest of the query. */
export function pageOf(query: Readonly<Record<string, string>> = {}): (page: number) => string {
  return (page) => `?${new URLSearchParams({ ...query, page: String(page) })}`
}
