/** Sentences about what is not as one would expect. */
import type { PropsWithChildren } from 'hono/jsx'
import type { NoFigures } from '../data/no-figures.ts'

/** Why figures are missing, as sentences. */
export const NO_FIGURES: Readonly<Record<NoFigures, string>> = {
  unusable:
    'Revenue, clicks and reasons cannot be shown: the file that holds them is missing or was altered. Banners are served all the same. The log of the server says more.',
  reading: 'Revenue, clicks and reasons are being read. Reload the page in a few seconds.',
  slow: 'Revenue, clicks and reasons take this server too long to read: it has too much to do. Banners are served all the same. Reload the page when it has less to do.',
  busy: 'Too many pages are asking for revenue, clicks and reasons. Reload the page in a few seconds.',
}

/** A paragraph that stands out. */
export function Notice({ children }: PropsWithChildren) {
  return (
    <p class="notice" role="status">
      {children}
    </p>
  )
}

/** Says why a page has no figures. */
export function NoFiguresNotice({ reason }: { reason: NoFigures }) {
  return <Notice>{NO_FIGURES[reason]}</Notice>
}

/** Files that are named; more would be a list that nobody reads. */
const MAX_NAMES = 3

/** Says that a part of the history is lost; nothing, if none is. */
export function LossNotice({ losses }: { losses: readonly string[] }) {
  if (losses.length === 0) return null
  const named = losses.slice(0, MAX_NAMES).join(', ')
  const more = losses.length - MAX_NAMES
  return (
    <Notice>
      A part of the history is damaged, so lists and charts of earlier days have gaps: {named}
      {more > 0 && `, and ${more} more`}. Pools are not affected.
    </Notice>
  )
}
