/** What a server says when it serves: a sentence, and the same in fields. */
import { FORMAT_VERSION } from '../../contract/schema.ts'
import type { Images } from '../pictures/images.ts'
import type { Pools } from '../pools/pools.ts'

/** One line of the log. */
export interface Started {
  readonly line: string
  readonly fields: Readonly<Record<string, string | number>>
}

/** Where the server listens, and what it serves. */
export interface StartedParts {
  readonly url: string
  /** Of the port that only the explorer and the documentation have. */
  readonly pagesUrl: string | undefined
  readonly hasExplorer: boolean
  readonly pools: Pools
  readonly images: Images
}

/** Describes a start. */
export function describeStart({
  url,
  pagesUrl,
  hasExplorer,
  pools,
  images,
}: StartedParts): Started {
  const { buildId, campaignCount, poolCount } = pools
  const explorer = hasExplorer ? (pagesUrl ?? url) : 'off'
  const pictures = describeImages(images)
  const line = [
    `listening on ${url}`,
    `${campaignCount} campaigns`,
    `${poolCount} pools`,
    `build ${buildId}`,
    `format ${FORMAT_VERSION}`,
    `pictures: ${pictures}`,
    hasExplorer ? `explorer on ${explorer}` : 'explorer off (--explorer turns it on)',
  ].join(', ')
  const fields = {
    url,
    campaigns: campaignCount,
    pools: poolCount,
    build_id: buildId,
    format: FORMAT_VERSION,
    pictures,
    explorer,
  }
  return { line, fields }
}

function describeImages({ urlTemplate, paths, leftOut }: Images): string {
  if (urlTemplate !== undefined) return urlTemplate
  if (paths.size === 0) return 'drawn'
  return `${paths.size} files${leftOut.length === 0 ? '' : ` (${leftOut.length} left out)`}`
}
