import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withStore } from '../../../pipeline/s3/store.ts'

describe('withStore', () => {
  beforeEach(() => {
    vi.stubEnv('AWS_REGION', undefined)
    vi.stubEnv('AWS_DEFAULT_REGION', undefined)
    vi.stubEnv('AWS_ENDPOINT_URL_S3', undefined)
    vi.stubEnv('AWS_ENDPOINT_URL', undefined)
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it('tells in one line that no region is set', async () => {
    const location = { bucket: 'logs', prefix: 'x' }

    const reading = withStore(location, (store) => store.list(''))

    await expect(reading).rejects.toThrow(/no AWS region found, set AWS_REGION: s3:\/\/logs\/x/)
  })
})
