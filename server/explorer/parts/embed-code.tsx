/** The code that shows a campaign on a page, to copy, with what it shows. */
import { BANNER_HEIGHT, BANNER_WIDTH } from '../../banner/link.ts'

/** What the code names. */
interface EmbedProps {
  readonly campaignId: number
  /** Absolute, where visitors get their banners. */
  readonly campaignUrl: string
  /** Of `embed.js`. */
  readonly scriptUrl: string
  /** A banner of the live quarter, drawn without a cookie. */
  readonly previewUrl: string
}

/** A section with three kinds of code. */
export function EmbedCode({ campaignId, campaignUrl, scriptUrl, previewUrl }: EmbedProps) {
  const size = `width="${BANNER_WIDTH}" height="${BANNER_HEIGHT}"`
  const codes = [
    {
      id: 'code-script',
      name: 'Script: with a link, lazy, keeps its place',
      code: `<div data-banner-campaign="${campaignId}"></div>\n<script async src="${scriptUrl}"></script>`,
    },
    {
      id: 'code-iframe',
      name: 'Frame: the banner and its link, no script',
      code: `<iframe src="${campaignUrl}" ${size} style="border:0" loading="lazy" title="Advertisement"></iframe>`,
    },
    {
      id: 'code-img',
      name: 'Picture: newsletters, READMEs',
      code: `<img src="${campaignUrl}.png" ${size} alt="">`,
    },
  ]
  return (
    <section class="embed" aria-labelledby="embed">
      <h2 id="embed">Code for a page</h2>
      <div class="codes">
        {codes.map(({ id, name, code }) => (
          <div>
            <label for={id}>{name}</label>
            <textarea id={id} rows={3} readonly spellcheck={false}>
              {code}
            </textarea>
          </div>
        ))}
        <div>
          <p class="label">What it shows now</p>
          <img
            src={previewUrl}
            width={BANNER_WIDTH}
            height={BANNER_HEIGHT}
            alt="A banner of the campaign, drawn as for a visitor"
          />
        </div>
      </div>
      <p class="soft">
        Select the text and copy it. Sizes, several slots on a page and what to show meanwhile:
        docs/embedding.md.
      </p>
    </section>
  )
}
