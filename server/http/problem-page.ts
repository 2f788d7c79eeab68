/** Errors for who is no program: a page where a browser shows the answer, an empty one in a frame, a pixel for a picture. */
import { html } from '../../contract/html.ts'
import { chooseRepresentation } from '../banner/accept.ts'
import { createPolicy, PAGE_STYLE, renderDocument } from '../banner/document.ts'
import { FRAME_POLICY, renderEmptyFrame } from '../banner/frame.ts'
import type { BannerReason } from '../banner/outcomes.ts'
import { answerPixel } from '../banner/pixel.ts'
import { type Answer, PROBLEM_TYPE } from '../base/answer.ts'

/** The headers of a request that determine what an error looks like, in lower case. */
export interface PresentedFor {
  readonly accept?: string | undefined
  readonly 'sec-fetch-dest'?: string | readonly string[] | undefined
}

const STYLE = `${PAGE_STYLE}
  p { color: var(--soft); overflow-wrap: anywhere }
`

const POLICY = createPolicy(STYLE)

/** Targets that are always answered with a picture, also if they cannot be read. */
const PICTURE = /^\/campaigns\/[^?]*\.png(?:\?|$)/

/**
 * Fits an answer to who asked: an error is a page for people, and nothing to be seen in a frame or a picture. All else stays
 * as it is.
 *
 * @param target - Path and query, as they came.
 */
export function presentProblem(answer: Answer, target: string, headers: PresentedFor): Answer {
  if (answer.status < 400 || answer.headers['Content-Type'] !== PROBLEM_TYPE) return answer
  if (PICTURE.test(target)) return answerPixel(answer, findReason(answer.status))
  const { title } = JSON.parse(String(answer.body)) as { title: string }
  switch (chooseRepresentation(headers.accept, headers['sec-fetch-dest'])) {
    case 'html':
      return toPage(answer, renderProblem(answer.status, title), POLICY)
    case 'frame':
      return toPage(answer, renderEmptyFrame(title), FRAME_POLICY)
    default:
      return answer
  }
}

function findReason(status: number): BannerReason {
  if (status === 503) return 'busy'
  return status < 500 ? 'bad_request' : 'error'
}

function toPage(answer: Answer, body: string, policy: string): Answer {
  const headers = {
    ...answer.headers,
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy,
  }
  return { ...answer, headers, body }
}

function renderProblem(status: number, title: string): string {
  const sentence = `${title.charAt(0).toUpperCase()}${title.slice(1)}.`
  const body = html`<main>
<h1>${sentence}</h1>
<p>Status ${status}</p>
</main>`
  return renderDocument({ title: sentence, style: STYLE, body })
}
