/** `/explorer/received`: lines from Kafka that did not come in, with topic, partition and offset. */
import { formatCount } from '../../../contract/format-count.ts'
import type { ReceivedRejects, RefusedLine } from '../../../contract/received.ts'
import { formatNumberOf } from '../format.ts'
import { Notice } from '../parts/notice.tsx'
import { Page, renderPage } from '../parts/page.tsx'

/** What the page shows. */
export interface ReceivedView {
  readonly root: string
  /** Null: the follower that publishes here has refused none, or reads no Kafka. */
  readonly rejects: ReceivedRejects | null
}

/** Renders the page. */
export function renderReceived({ root, rejects }: ReceivedView): string {
  return renderPage(
    <Page title="Lines from Kafka that did not come in" root={root}>
      <p class="crumbs">
        <a href={`${root}explorer/builds`}>Builds</a>
      </p>
      <h1>Lines from Kafka that did not come in</h1>
      {rejects === null ? (
        <Notice>There is none: all that was read came in, or nothing is read from Kafka.</Notice>
      ) : (
        <Rejects rejects={rejects} />
      )}
    </Page>,
  )
}

function Rejects({ rejects: { total, day, counts, latest } }: { rejects: ReceivedRejects }) {
  const reasons = Object.entries(counts).sort(([, a], [, b]) => b - a)
  return (
    <>
      <p class="lead">
        {formatNumberOf(total, 'line')} in all. The last day with any is <time>{day}</time>; its
        texts are in <code>.receive/rejects-{day}.jsonl</code> of the input folder, a thousand of
        each reason at most.
      </p>
      <section class="scroll" tabindex={0} aria-label="Table of reasons">
        <table class="campaigns">
          <caption>Of that day, by reason</caption>
          <thead>
            <tr>
              <th scope="col">Reason</th>
              <th scope="col" class="number">
                Lines
              </th>
            </tr>
          </thead>
          <tbody>
            {reasons.map(([reason, lines]) => (
              <tr>
                <th scope="row">
                  <code>{reason}</code>
                </th>
                <td class="number">{formatCount(lines)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {latest.length > 0 && <Latest lines={latest} />}
    </>
  )
}

function Latest({ lines }: { lines: readonly RefusedLine[] }) {
  return (
    <section class="scroll" tabindex={0} aria-label="Table of the latest lines">
      <table class="campaigns">
        <caption>The latest {formatCount(lines.length)}, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">Topic</th>
            <th scope="col" class="number">
              Partition
            </th>
            <th scope="col" class="number">
              Offset
            </th>
            <th scope="col" class="number">
              Line
            </th>
            <th scope="col">Reason</th>
            <th scope="col">Text</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <LatestRow line={line} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function LatestRow({
  line: { topic, partition, offset, line, reason, lines, text },
}: {
  line: RefusedLine
}) {
  return (
    <tr>
      <th scope="row">{topic}</th>
      <td class="number">{partition}</td>
      <td class="number">{formatCount(offset)}</td>
      <td class="number">{line ?? (lines === 1 ? '1' : `all ${formatCount(lines)}`)}</td>
      <td>
        <code>{reason}</code>
      </td>
      <td>
        <code>{text}</code>
      </td>
    </tr>
  )
}
