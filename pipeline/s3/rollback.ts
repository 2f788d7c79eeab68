import { PipelineError } from '../base/errors.ts'
import { parseS3Url, urlOf } from '../base/s3/location.ts'
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
    const current = builds.findIndex(({ manifest }) => manifest.build_id === from)
    const target =
      buildId === undefined
        ? builds[current + 1]
        : builds.find(({ manifest }) => manifest.build_id === buildId)
    if (target === undefined) {
      const known = builds.map(({ manifest }) => manifest.build_id).join(', ')
      const wanted = buildId === undefined ? 'no earlier build' : `no build ${buildId}`
      throw new PipelineError(`there is ${wanted}, only ${known}: ${urlOf(store.location)}`)
    }
    const { build_id: to, outputs } = target.manifest
    for (const { file, sha256 } of outputs) {
      const isWhole = await store.has(pathOf(to, file), sha256)
      if (!isWhole) {
        const place = urlOf(store.location, pathOf(to, file))
        throw new PipelineError(`missing or altered, so nothing is rolled back: ${place}`)
      }
    }
    await movePointer(store, pointer, target.text)
    return { from, to }
  })
}
