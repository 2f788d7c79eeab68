/** "Serve me one": what a visitor would get. */
import type { Dataset } from '../../../contract/schema.ts'
import type { Choice } from '../../banner/choose.ts'
import { BANNER_HEIGHT, BANNER_WIDTH } from '../../banner/link.ts'
import { NO_CHOICES, type NoChoice } from '../../banner/outcomes.ts'

/** A draw, or the offer of one. */
export interface PreviewProps {
  readonly dataset: Dataset
  /** Undefined: none was asked for. */
  readonly draw: Draw | undefined
  /** Absolute: where visitors get their banners. */
  readonly campaignUrl: string
}

/** What came of a draw. */
export interface Draw {
  readonly choice: Choice | NoChoice
  /** The one drawn before, which is not drawn again. */
  readonly last: number | undefined
  /** Of the banner, if there is one. */
  readonly imageUrl: string | undefined
}

/** A form that draws a banner, and the one that was drawn. */
export function Preview({ dataset, draw, campaignUrl }: PreviewProps) {
  const drawn = typeof draw?.choice === 'object' ? draw.choice : undefined
  return (
    <section class="preview" aria-labelledby="preview">
      <h2 id="preview">Serve me one</h2>
      <form method="get" action="#preview">
        <input type="hidden" name="dataset" value={dataset} />
        {drawn !== undefined && <input type="hidden" name="last" value={drawn.bannerId} />}
        <button type="submit" name="draw" value="1">
          {drawn === undefined ? 'Draw a banner' : 'Draw another one'}
        </button>
      </form>
      <div role="status">{draw !== undefined && <Drawn draw={draw} />}</div>
      <p class="soft">
        Draws as for a visitor in this quarter, who is never shown the same banner twice in a row.
        No cookie is set and nothing is counted. Visitors ask{' '}
        <a href={campaignUrl}>{campaignUrl}</a>.
      </p>
    </section>
  )
}

function Drawn({ draw: { choice, last, imageUrl } }: { draw: Draw }) {
  if (typeof choice === 'string') return <p>Visitors get nothing: {NO_CHOICES[choice]}.</p>
  const { bannerId, probability, repeat } = choice
  return (
    <figure>
      <img src={imageUrl} width={BANNER_WIDTH} height={BANNER_HEIGHT} alt="" />
      <figcaption>
        <strong>Banner {bannerId}</strong>
        {repeat
          ? ' again: there is no other.'
          : `: its chance was 1 in ${Math.round(1 / probability)}.`}
        {!repeat && last !== undefined && ` Banner ${last} was drawn before.`}
      </figcaption>
    </figure>
  )
}
