/** What stands in for a picture where there is none: clients that asked for one show nothing, and no broken picture. */
import type { Answer } from '../base/answer.ts'
import type { BannerReason } from './outcomes.ts'

/** A PNG of one transparent pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII=',
  'base64',
)

/**
 * Turns an answer without a banner into a picture of it.
 *
 * @param answer - Its status is kept, but for 204, which has no body and would be a broken picture.
 * @param reason - For programs, and for people who look into it.
 */
export function answerPixel({ status, headers }: Answer, reason: BannerReason): Answer {
  return {
    status: status === 204 ? 200 : status,
    headers: {
      ...headers,
      'Content-Type': 'image/png',
      'X-Banner-Reason': reason,
      'Access-Control-Expose-Headers': 'X-Banner-Reason',
    },
    body: PIXEL,
  }
}
