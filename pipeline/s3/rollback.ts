import { PipelineError } from '../base/errors.ts'
import { parseS3Url, urlOf } from '../base/s3/location.ts'
import { chooseEarlierBuild } from '../publish/choose-builds.ts'
import { removeChanges } from './change-list.ts'
import { listBuilds, movePointer, pathOf, readPointer } from './published.ts'
import { withStore } from './store.ts'

/**
 * Makes an earlier build of a bucket current.
 *
 * @param buildId - Undefined: the newest of those that are older than the current one.
 * @throws {PipelineError} If there is no such build, a file of it is missing or altered, or another job published
 *   meanwhile; what is current stays.
 */
export function rollBackStore(
  url: string,
  buildId?: string,
): Promise<{ from: string; to: string }> {
  return withStore(parseS3Url(url, 'artifacts'), async (store) => {
    const pointer = await readPointer(store)
    const from = pointer.manifest?.build_id
    if (from === undefined) throw new PipelineError(`no build found: ${urlOf(store.location)}`)
    const builds = await listBuilds(store)
    const place = urlOf(store.location)
    const to = chooseEarlierBuild(
      builds.map(({ manifest }) => manifest),
      from,
      { wanted: buildId, place },
    )
    const target = builds.find(({ manifest }) => manifest.build_id === to)
    if (target === undefined) throw new Error(`no such build: ${to}`)
    const { outputs } = target.manifest
    for (const { file, sha256 } of outputs) {
      const isWhole = await store.has(pathOf(to, file), sha256)
      if (!isWhole) {
        const object = urlOf(store.location, pathOf(to, file))
        throw new PipelineError(`missing or altered, so nothing is rolled back: ${object}`)
      }
    }
    // Those of its earlier time are not to be applied again.
    await removeChanges(store, to)
    await movePointer(store, pointer, target.text)
    return { from, to }
  })
}
