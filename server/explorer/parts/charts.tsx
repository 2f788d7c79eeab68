/** Charts that were drawn elsewhere. */
import { raw } from 'hono/html'

/** A chart with its title. */
export interface DrawnChart {
  readonly title: string
  /** Of our own library, so it is safe as it is. */
  readonly svg: string
}

/** Charts side by side, where there is room. */
export function Charts({ charts }: { charts: readonly DrawnChart[] }) {
  if (charts.length === 0) return null
  return (
    <div class="charts">
      {charts.map(({ title, svg }) => (
        <figure>
          <figcaption>{title}</figcaption>
          {raw(svg)}
        </figure>
      ))}
    </div>
  )
}
