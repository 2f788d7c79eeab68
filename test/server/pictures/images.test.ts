import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { imageType } from '../../../server/pictures/image-type.ts'
import { answerImage, openImages } from '../../../server/pictures/images.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'

const JPEG = Buffer.from('ffd8ffe000104a464946000101', 'hex')
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const PADDING = '\0\0\0\0'

describe('imageType', () => {
  it.each([
    ['image/jpeg', JPEG],
    ['image/png', PNG],
    ['image/gif', Buffer.from('GIF89a')],
    ['image/gif', Buffer.from('GIF87a')],
    ['image/webp', Buffer.from(`RIFF${PADDING}WEBPVP8 `)],
    ['image/avif', Buffer.from(`${PADDING}ftypavif`)],
    ['image/avif', Buffer.from(`${PADDING}ftypavis`)],
    [undefined, Buffer.from(`${PADDING}ftypheic`)],
    [undefined, Buffer.from(`RIFF${PADDING}WAVEfmt `)],
    [undefined, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg">')],
    [undefined, Buffer.from('<!doctype html>')],
    [undefined, Buffer.alloc(0)],
  ])('finds %s', (type, bytes) => {
    expect(imageType(bytes)).toBe(type)
  })
})

describe('openImages', () => {
  it('takes pictures by name and leaves out what is none', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, {
        'image_30.png': JPEG,
        'image_10.jpeg': JPEG,
        'image_10.png': PNG,
        'image_20.png': 'not a picture',
        'image_021.png': PNG,
        'logo.png': PNG,
        'README.md': '',
      })
      await mkdir(join(folder, 'store'))
      await writeFile(join(folder, 'store', 'forty'), JPEG)
      await symlink('store/forty', join(folder, 'image_40.png'))
      await mkdir(join(folder, 'image_50.png'))
      await symlink('/etc/hostname', join(folder, 'image_60.png'))
      await symlink('nowhere', join(folder, 'image_70.png'))

      const images = await openImages(folder)

      expect([...images.paths.keys()].sort()).toEqual([10, 30, 40])
      expect(images.paths.get(10)).toBe(join(folder, 'image_10.jpeg'))
      expect(images.leftOut.map(({ path, why }) => [path.slice(folder.length + 1), why])).toEqual([
        ['image_10.png', 'banner 10 has another picture'],
        ['image_20.png', 'no JPEG, PNG, GIF, WebP or AVIF'],
        ['image_50.png', 'no file that can be read'],
        ['image_60.png', 'a link out of the folder, or to nothing'],
        ['image_70.png', 'a link out of the folder, or to nothing'],
      ])
    })
  })

  it.each([
    ['https://cdn.example/b/{banner_id}.avif', 'https://cdn.example/b/{banner_id}.avif'],
    ['https://cdn.example/b', 'https://cdn.example/b/image_{banner_id}.png'],
    ['https://cdn.example/b/', 'https://cdn.example/b/image_{banner_id}.png'],
  ])('takes %s as %s', async (setting, urlTemplate) => {
    expect(await openImages(setting)).toMatchObject({ urlTemplate })
  })

  it('refuses a folder that is not there', async () => {
    await withFolder(async (folder) => {
      await expect(openImages(`${folder}/nowhere`)).rejects.toThrow(
        `the folder of pictures cannot be read (ENOENT): ${folder}/nowhere`,
      )
    })
  })

  it('refuses a folder without a picture', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { 'image_20.png': 'not a picture' })

      await expect(openImages(folder)).rejects.toThrow(
        `the folder holds no picture named image_<banner_id>.<ext>; left out: ${folder}/image_20.png (no JPEG, PNG, GIF, WebP or AVIF): ${folder}`,
      )
    })
  })
})

describe('answerImage', () => {
  it('takes the type from the bytes, not from the name', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { 'image_30.png': JPEG })
      await utimes(join(folder, 'image_30.png'), 1_700_000_000, 1_700_000_000)

      const answer = await answerImage(await openImages(folder), '30', undefined)

      expect(answer).toMatchObject({
        status: 200,
        headers: {
          'Content-Type': 'image/jpeg',
          'Cache-Control': 'public, max-age=3600',
          'Last-Modified': 'Tue, 14 Nov 2023 22:13:20 GMT',
          'X-Content-Type-Options': 'nosniff',
        },
      })
      expect(answer.body).toEqual(JPEG)
    })
  })

  it.each([
    ['the tag', (etag: string) => etag],
    ['the tag among others', (etag: string) => `"x", ${etag}`],
    ['the tag as a strong one', (etag: string) => etag.replace('W/', '')],
    ['any', () => '*'],
  ])('answers 304 to a copy with %s', async (_, ifNoneMatch) => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { 'image_30.png': JPEG })
      const images = await openImages(folder)
      const { headers } = await answerImage(images, '30', '"x"')

      const answer = await answerImage(images, '30', ifNoneMatch(headers.ETag ?? ''))

      expect(answer).toMatchObject({ status: 304, body: null, headers: { ETag: headers.ETag } })
    })
  })

  it('serves a replaced file under another tag', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { 'image_30.png': JPEG })
      const images = await openImages(folder)
      const before = await answerImage(images, '30', undefined)
      await writeFile(join(folder, 'image_30.png'), PNG)

      const after = await answerImage(images, '30', before.headers.ETag)

      expect(after).toMatchObject({ status: 200, headers: { 'Content-Type': 'image/png' } })
    })
  })

  it.each([
    ['is gone', (path: string) => rm(path)],
    ['has become text', (path: string) => writeFile(path, 'root:x:0:0')],
    [
      'has become a link out of the folder',
      async (path: string) => {
        await rm(path)
        await symlink('/etc/hostname', path)
      },
    ],
  ])('draws the banner if its file %s', async (_, change) => {
    await withFolder(async (folder) => {
      await writeFiles(folder, { 'image_30.png': JPEG })
      const images = await openImages(folder)
      await change(join(folder, 'image_30.png'))

      const answer = await answerImage(images, '30', undefined)

      expect(answer).toMatchObject({ status: 200, headers: { 'Content-Type': 'image/svg+xml' } })
    })
  })

  it('draws a banner without a file, at 300 by 250 with its number', async () => {
    const answer = await answerImage(await openImages(undefined), '9007199254740991', undefined)

    expect(answer.headers['Content-Type']).toBe('image/svg+xml')
    expect(answer.body).toMatch(/^<svg xmlns="[^"]+" width="300" height="250"/)
    expect(answer.body).toContain('>9007199254740991</text>')
  })

  it('redirects to the template', async () => {
    const images = await openImages('https://cdn.example/{banner_id}.avif')

    const answer = await answerImage(images, '30', undefined)

    expect(answer).toMatchObject({
      status: 302,
      headers: { Location: 'https://cdn.example/30.avif' },
    })
  })

  it.each(['0', '030', '30.png', '../x', '..%2fx', '30/', '', 'constructor', '1e3'])(
    'refuses the id %j',
    async (id) => {
      const images = await openImages(undefined)

      expect(await answerImage(images, id, undefined)).toMatchObject({ status: 400 })
    },
  )
})
