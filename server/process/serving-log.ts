/** What a process that serves writes to the log about what it follows. */
import type { DenylistChange } from '../banner/follow-denylist.ts'
import type { EventLog } from '../base/log-events.ts'
import { findRequestId } from '../http/request-id.ts'
import type { PicturesChange } from '../pictures/follow.ts'
import { describeLeftOut } from '../pictures/list-folder.ts'
import type { Reload } from '../pools/follow.ts'

/** Makes what writes down a bug, and gives the id of the request for the answer. */
export function createErrorLog(log: EventLog) {
  return (error: Error, headers: Readonly<Record<string, unknown>>) => {
    const requestId = findRequestId(headers['x-request-id'] as string | undefined)
    log.error({ event: 'request_failed', err: error, request_id: requestId }, 'a request failed')
    return requestId
  }
}

const ON_DISK = {
  bad: 'the build on disk is bad',
  gone: 'the build on disk is gone',
  unreadable: 'the build on disk cannot be read now',
} as const

/** Tells what a look for another build came to. */
export function logReload(log: EventLog, reload: Reload): void {
  const { result } = reload
  if (result === 'error') {
    const { onDisk, error } = reload
    log.error(
      { event: 'reload', result, on_disk: onDisk, reason: error.message },
      `${ON_DISK[onDisk]}, still serving the last good one: ${error.message}`,
    )
  } else if (result === 'ok') {
    const { buildId: build_id, campaignCount: campaigns, poolCount: pools } = reload.build.pools
    log.info(
      { event: 'reload', result, build_id, campaigns, pools },
      `now serving build ${build_id}, ${campaigns} campaigns, ${pools} pools`,
    )
  } else {
    log.info({ event: 'reload', result }, 'looked for another build, there is none')
  }
}

/** Tells of another list of pictures. */
export function logPictures(log: EventLog, change: PicturesChange): void {
  if (change.result === 'error') {
    const { message } = change.error
    const fields = { event: 'pictures', result: 'error', reason: message } as const
    log.error(fields, `the last list of pictures stays: ${message}`)
    return
  }
  const { paths, leftOut } = change.list
  const fields = { shown: paths.size, left_out: leftOut.length }
  log.info(
    { event: 'pictures', result: 'ok', ...fields },
    `now showing ${paths.size} pictures${describeLeftOut(leftOut, '; ')}`,
  )
}

/** Tells of another denylist. */
export function logDenylist(log: EventLog, change: DenylistChange): void {
  if (change.result === 'error') {
    const { message } = change.error
    const fields = { event: 'denylist', result: 'error', reason: message } as const
    log.error(fields, `the last good denylist holds: ${message}`)
    return
  }
  const { banners, campaigns } = change.denylist
  log.info(
    { event: 'denylist', result: 'ok', banners: banners.size, campaigns: campaigns.size },
    `now denying ${banners.size} banners and ${campaigns.size} campaigns`,
  )
}
