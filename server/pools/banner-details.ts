/**
 * Where a click on a banner leads and how it is shown, as `banners.parquet` says. Typed arrays, as the pools are, so that a
 * thread hands them over at no cost.
 *
 *     detailIds    [ 0 | 30 | 0 | 10 ]               hash map, see campaign-table.ts: a banner's place is its index
 *     detailTexts  [ https://…Offer https://… ]      UTF-8; of place 1 the URL is 0 to 9, the text 9 to 14
 *     detailEnds   [ …, 0, 9, 14, … ]                three for each place: begin of the URL, its end, end of the text
 *     detailSizes  [ …, 300, 250, … ]                two for each place: width and height; 0 = not given
 */
import type { BannerRow } from '../../contract/columns.ts'
import { ArtifactError } from '../../contract/read.ts'
import { MAX_ID } from '../../contract/schema.ts'
import { createCampaignTable, findCampaign } from './campaign-table.ts'

/** The details of all banners that have some. */
export interface BannerDetails {
  readonly detailIds: Float64Array
  readonly detailTexts: Uint8Array
  readonly detailEnds: Uint32Array
  readonly detailSizes: Uint32Array
}

/** Those of one banner; what is undefined is not given. */
export interface BannerDetail {
  /** Absolute; `{campaign_id}`, `{banner_id}` and `{click_id}` stand in it as they are. */
  readonly clickUrl: string | undefined
  /** Stands for the picture. */
  readonly alt: string | undefined
  /** CSS pixels. */
  readonly width: number | undefined
  readonly height: number | undefined
}

/** CSS pixels. */
const MAX_SIZE = 65_535

/** Browsers run other URLs as scripts; spaces and control characters would break a header. */
const WEB_URL = /^https?:\/\/[!-~]+$/i

/** Of a build without `banners.parquet`. */
export const NO_DETAILS: BannerDetails = createBannerDetails([])

/**
 * Arranges the rows of `banners.parquet`.
 *
 * @throws {ArtifactError} If a row breaks the contract, naming it (the first is 1).
 */
export function createBannerDetails(rows: readonly BannerRow[]): BannerDetails {
  const detailIds = createCampaignTable(Float64Array.from(rows, (row) => row.banner_id))
  const detailEnds = new Uint32Array(3 * detailIds.length)
  const detailSizes = new Uint32Array(2 * detailIds.length)
  const texts: Buffer[] = []
  let end = 0
  let previous = 0
  const add = (text: string | null) => {
    const bytes = Buffer.from(text ?? '')
    texts.push(bytes)
    end += bytes.length
    return end
  }
  for (const [i, row] of rows.entries()) {
    const fault = findFault(row, previous)
    if (fault !== undefined) throw new ArtifactError(`row ${i + 1}: ${fault}`)
    previous = row.banner_id
    const place = findCampaign(detailIds, row.banner_id)
    detailEnds.set([end, add(row.click_url), add(row.alt)], 3 * place)
    detailSizes.set([row.width ?? 0, row.height ?? 0], 2 * place)
  }
  return { detailIds, detailTexts: new Uint8Array(Buffer.concat(texts)), detailEnds, detailSizes }
}

/** Takes the details out of what else has them. */
export function takeDetails(from: BannerDetails): BannerDetails {
  const { detailIds, detailTexts, detailEnds, detailSizes } = from
  return { detailIds, detailTexts, detailEnds, detailSizes }
}

/** Finds the details of a banner in constant time; undefined if it has none. */
export function findDetail(details: BannerDetails, bannerId: number): BannerDetail | undefined {
  const place = findCampaign(details.detailIds, bannerId)
  if (place < 0) return undefined
  const { detailEnds, detailSizes, detailTexts } = details
  const [begin = 0, middle = 0, end = 0] = detailEnds.subarray(3 * place, 3 * place + 3)
  return {
    clickUrl: textAt(detailTexts, begin, middle),
    alt: textAt(detailTexts, middle, end),
    width: detailSizes[2 * place] || undefined,
    height: detailSizes[2 * place + 1] || undefined,
  }
}

function textAt({ buffer, byteOffset }: Uint8Array, begin: number, end: number) {
  if (begin === end) return undefined
  return Buffer.from(buffer, byteOffset + begin, end - begin).toString()
}

function findFault(row: BannerRow, previous: number): string | undefined {
  const { banner_id: id, click_url: url, width, height } = row
  if (!(id >= 1 && id <= MAX_ID)) return `banner_id is ${id}`
  if (id <= previous) return 'rows are not sorted by banner_id'
  if (url !== null && !WEB_URL.test(url)) return 'click_url is no http or https URL'
  if (!isSize(width)) return `width is ${width}`
  return isSize(height) ? undefined : `height is ${height}`
}

function isSize(value: number | null): boolean {
  return value === null || (Number.isInteger(value) && value >= 1 && value <= MAX_SIZE)
}
