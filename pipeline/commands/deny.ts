import { isS3Url } from '../../contract/s3-address.ts'
import type { PublishedDenylist, PublishList } from '../deny/deny.ts'
import type { Command, CommandResult } from './command.ts'

interface DenyFlags {
  file: string
  artifacts: string
}

/** Ids that are named in a line; the rest are counted. */
const NAMED = 10

/** `pools deny <file>` */
export const DENY: Command<DenyFlags> = {
  usage: 'deny <file>',
  describe: 'check a denylist and publish it: what it names is not shown from now on',
  positionals: {
    file: {
      type: 'string',
      describe: "lines of 'banner <id>' or 'campaign <id>'; - reads stdin; an empty file clears it",
    },
  },
  options: {
    artifacts: {
      type: 'string',
      demandOption: true,
      describe: 'artifacts folder, or s3://bucket/prefix',
    },
  },
  examples: [
    ['deny denylist.txt --artifacts artifacts', 'servers follow it within a second'],
    ['deny - --artifacts s3://bucket/pools < denylist.txt', 'functions follow it within a minute'],
  ],
  async run({ file, artifacts }, { progress }) {
    const { publishDenylist } = await import('../deny/deny.ts')
    // yargs makes an empty text of a lone dash.
    const published = await publishDenylist(
      file === '' ? '-' : file,
      await findPublisher(artifacts),
    )
    for (const warning of describeDoubts(published)) progress.warn(warning)
    return formatResult(published)
  },
}

/** The SDK for buckets is loaded only where there is one. */
async function findPublisher(artifacts: string): Promise<PublishList> {
  if (isS3Url(artifacts)) {
    const { publishToBucket } = await import('../s3/deny.ts')
    return (bytes, list) => publishToBucket(artifacts, bytes, list)
  }
  const { publishToFolder } = await import('../deny/to-folder.ts')
  return (bytes, list) => publishToFolder(artifacts, bytes, list)
}

function formatResult({ place, list, unknown }: PublishedDenylist): CommandResult {
  const [banners, campaigns] = [list.banners.size, list.campaigns.size]
  const denied = `${plural(banners, 'banner')} and ${plural(campaigns, 'campaign')}`
  return {
    document: {
      place,
      banners,
      campaigns,
      build_id: unknown?.buildId ?? null,
      unknown_banners: unknown?.banners ?? [],
      unknown_campaigns: unknown?.campaigns ?? [],
    },
    lines: [`now denying ${denied}: ${place}`],
  }
}

/** A list that misses its aim is published all the same: its campaign may come with the next build. */
function describeDoubts({ place, unknown }: PublishedDenylist): string[] {
  if (unknown === undefined) return [`no build is published beside it, is that the place: ${place}`]
  const { buildId, banners, campaigns } = unknown
  return [
    ...(banners.length === 0 ? [] : [`in no pool of build ${buildId}: ${name('banner', banners)}`]),
    ...(campaigns.length === 0
      ? []
      : [`without a pool in build ${buildId}: ${name('campaign', campaigns)}`]),
  ]
}

function name(kind: string, ids: readonly number[]): string {
  const rest = ids.length - NAMED
  const named = `${kind} ${ids.slice(0, NAMED).join(', ')}`
  return rest > 0 ? `${named} and ${rest} more` : named
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
