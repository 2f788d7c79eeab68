import { execFileSync } from 'node:child_process'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { parseDenylist } from '../../../contract/denylist.ts'
import { type DenylistChange, followDenylist } from '../../../server/banner/follow-denylist.ts'
import { withFolder } from '../../helpers/folders.ts'
import { appWith } from '../app-with.ts'

describe('parseDenylist', () => {
  it('reads banners, campaigns and comments', () => {
    const text =
      '# since the 3rd\nbanner 30\r\n\n  campaign\t7  # all of it\n31\n9007199254740991\n'

    expect(parseDenylist(text)).toEqual({
      banners: new Set([30, 31, 9007199254740991]),
      campaigns: new Set([7]),
    })
  })

  it('denies nothing if it is empty', () => {
    expect(parseDenylist('')).toEqual({ banners: new Set(), campaigns: new Set() })
  })

  it.each([
    'banners 30',
    'banner',
    'banner 0',
    'banner 030',
    '30,31',
    '30 31',
    '-1',
    'Banner 30',
    '9007199254740992',
  ])('refuses %j', (line) => {
    expect(() => parseDenylist(`30\n${line}\n`)).toThrow(
      `line 2 is neither 'banner <id>' nor 'campaign <id>': "${line}"`,
    )
  })
})

describe('a denied banner', () => {
  const denying = (banners: number[], campaigns: number[] = []) =>
    appWith({ denylist: () => ({ banners: new Set(banners), campaigns: new Set(campaigns) }) })

  it('is not shown, and the pool counts without it', async () => {
    const response = await denying([30]).request('/campaigns/7')

    expect(await response.json()).toMatchObject({ banner_id: 10, pool_size: 1, probability: 1 })
  })

  it('is not repeated either', async () => {
    const response = await denying([50]).request('/campaigns/9', { headers: { cookie: 'last=50' } })

    expect(response.status).toBe(204)
  })

  it.each([
    ['every banner of the pool', [10, 30], [], '/campaigns/7', 'disabled'],
    ['the campaign', [], [7], '/campaigns/7', 'disabled'],
    ['the campaign, in a preview', [], [7], '/campaigns/7?dataset=3', 'disabled'],
    ['a campaign without a pool now', [], [8], '/campaigns/8', 'disabled'],
    ['one banner, and the request the other', [30], [], '/campaigns/7?exclude=10', 'all_excluded'],
  ])('with %s leaves 204', async (_, banners, campaigns, path, reason) => {
    const response = await denying(banners, campaigns).request(path)

    expect(response.status).toBe(204)
    expect(response.headers.get('x-banner-reason')).toBe(reason)
  })
})

/** In one step, as an operator should: a file that is being written is empty for a moment, and denies nothing. */
async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

describe('followDenylist', () => {
  it('follows the file, and keeps the last good list when it is bad or gone', async () => {
    await withFolder(async (folder) => {
      const file = join(folder, 'denylist')
      await writeFile(file, 'banner 30\n')
      const changes: DenylistChange[] = []
      const followed = await followDenylist(
        { path: file, isRequired: true },
        (change) => changes.push(change),
        10,
      )
      expect([...followed.denylist().banners]).toEqual([30])

      await replaceFile(file, 'campaign 7\n')
      await vi.waitFor(() => expect([...followed.denylist().campaigns]).toEqual([7]))
      await replaceFile(file, 'campaign seven\n')
      await vi.waitFor(() => expect(changes).toHaveLength(2))
      await rm(file)
      await vi.waitFor(() => expect(changes).toHaveLength(3))
      followed.stop()

      expect([...followed.denylist().campaigns]).toEqual([7])
      expect(changes.map(({ result }) => result)).toEqual(['ok', 'error', 'error'])
      expect(changes[1]).toMatchObject({
        error: {
          message: `the denylist line 1 is neither 'banner <id>' nor 'campaign <id>': "campaign seven": ${file}`,
        },
      })
      expect(changes[2]).toMatchObject({
        error: { message: `the denylist cannot be read (ENOENT): ${file}` },
      })
    })
  })

  it('takes a list that comes later where none is required, and keeps it when it goes', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'denylist.txt')
      const changes: DenylistChange[] = []
      const source = { path, isRequired: false }
      const followed = await followDenylist(source, (change) => changes.push(change), 10)
      expect(followed.denylist().banners.size).toBe(0)

      await replaceFile(path, 'banner 30\n')
      await vi.waitFor(() => expect([...followed.denylist().banners]).toEqual([30]))
      await rm(path)
      await vi.waitFor(() => expect(changes).toHaveLength(2))
      await new Promise((resolve) => setTimeout(resolve, 100))
      await replaceFile(path, '')
      await vi.waitFor(() => expect(followed.denylist().banners.size).toBe(0))
      followed.stop()

      expect(changes.map(({ result }) => result)).toEqual(['ok', 'error', 'ok'])
    })
  })

  it('keeps the last good list while a pipe is in its place, and goes on looking', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'denylist.txt')
      await writeFile(path, 'banner 30\n')
      const changes: DenylistChange[] = []
      const source = { path, isRequired: true }
      const followed = await followDenylist(source, (change) => changes.push(change), 10)

      await rm(path)
      execFileSync('mkfifo', [path])
      await vi.waitFor(() =>
        expect(changes.at(-1)).toMatchObject({
          error: { message: `the denylist is not a regular file: ${path}` },
        }),
      )
      expect([...followed.denylist().banners]).toEqual([30])
      await replaceFile(path, 'banner 31\n')
      await vi.waitFor(() => expect([...followed.denylist().banners]).toEqual([31]))
      followed.stop()
    })
  })

  it.each([
    ['is not there', undefined, /cannot be read \(ENOENT\)/],
    ['is bad', 'banner x', /line 1 is neither/],
    ['is huge', '1\n'.repeat(500_001), /has 1000002 bytes, at most 1000000 are read/],
  ])('refuses to start when the file %s', async (_, text, message) => {
    await withFolder(async (folder) => {
      const file = join(folder, 'denylist')
      if (text !== undefined) await writeFile(file, text)

      await expect(followDenylist({ path: file, isRequired: true }, () => {})).rejects.toThrow(
        message,
      )
    })
  })
})
