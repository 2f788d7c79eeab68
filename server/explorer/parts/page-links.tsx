/** Links to the page before and after, where a list has several. */
import { formatCount } from '../../../contract/format-count.ts'

/** Links that keep the rest of the query. */
export function PageLinks({
  page,
  pages,
  query = {},
}: {
  page: number
  pages: number
  query?: Readonly<Record<string, string>>
}) {
  if (pages < 2) return null
  const href = (to: number) => `?${new URLSearchParams({ ...query, page: String(to) })}`
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
