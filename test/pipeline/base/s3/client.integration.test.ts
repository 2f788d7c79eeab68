import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BUILD } from '../../../../pipeline/commands/build.ts'
import { s3Location } from '../../../../pipeline/rank/cluster/s3-location.ts'
import { withStore } from '../../../../pipeline/s3/store.ts'
import { createObjectReader } from '../../../../server/lambda/objects.ts'
import { withFolder } from '../../../helpers/folders.ts'
import { withScriptedServer } from '../../../helpers/http-script.ts'

beforeEach(() => {
  vi.stubEnv('AWS_REGION', undefined)
  vi.stubEnv('AWS_DEFAULT_REGION', undefined)
  vi.stubEnv('AWS_ENDPOINT_URL', undefined)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hush')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a store of AWS_ENDPOINT_URL_S3', () => {
  it('is asked in one way by input, output, work location and function', async () => {
    await withScriptedServer(
      () => ({}),
      async ({ url, seen }) => {
        vi.stubEnv('AWS_ENDPOINT_URL_S3', `${url}/`)
        await withFolder(async (folder) => {
          await writeFile(join(folder, 'file'), 'rows')

          await withStore({ bucket: 'bucket', prefix: 'work' }, (store) => store.readText('a'))
          await s3Location('s3://bucket/work/').put(join(folder, 'file'), 'b')
          await createObjectReader('bucket', process.env)('work/c')
        })

        const asked = seen.map(({ method, path, headers }) => [
          method,
          path.replace(/\?.*/, ''),
          `http://${headers.host}`,
          /Credential=key\/\d+\/([\w-]+)\/s3/.exec(headers.authorization ?? '')?.[1],
        ])
        expect(asked).toEqual([
          ['GET', '/bucket/work/a', url, 'us-east-1'],
          ['PUT', '/bucket/work/b', url, 'us-east-1'],
          ['GET', '/bucket/work/c', url, 'us-east-1'],
        ])
      },
    )
  })

  it('is named in one line when it cannot be reached, by each of them', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:1')
    const form =
      /^the store refuses or cannot be reached, .*\(ECONNREFUSED\): s3:\/\/bucket\/work\/a$/

    const reading = withStore({ bucket: 'bucket', prefix: 'work' }, (store) => store.readText('a'))
    await expect(reading).rejects.toThrow(form)
    await expect(s3Location('s3://bucket/work').put('/etc/hostname', 'a')).rejects.toThrow(form)
  })

  it('is refused in one line if it is no URL', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://store\n')

    const reading = withStore({ bucket: 'bucket', prefix: '' }, (store) => store.readText('a'))

    await expect(reading).rejects.toThrow(
      'AWS_ENDPOINT_URL_S3 must be an http or https URL: "http://store\\n"',
    )
  })
})

describe('--cache', () => {
  it('asks for no home folder before there is something to download', () => {
    expect(BUILD.options.cache).not.toHaveProperty('default')
  })
})
