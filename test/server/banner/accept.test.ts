import { describe, expect, it } from 'vitest'
import { chooseRepresentation } from '../../../server/banner/accept.ts'

describe('chooseRepresentation', () => {
  // Navigation and <img> headers as listed on MDN, "List of default Accept values"
  it.each([
    [
      'Chrome, page',
      'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7',
      'html',
    ],
    ['Firefox, page', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    [
      'Firefox 128, page',
      'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8',
      'html',
    ],
    ['Safari, page', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    ['Chrome, <img>', 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', 'image'],
    [
      'Firefox, <img>',
      'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
      'image',
    ],
    [
      'Safari, <img>',
      'image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
      'image',
    ],
    [
      'older Safari, <img>',
      'image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5',
      'image',
    ],
    ['curl, fetch', '*/*', 'json'],
    ['no header', undefined, 'json'],
    ['an empty header', '', 'json'],
    ['axios', 'application/json, text/plain, */*', 'json'],
    ['jQuery', 'application/json, text/javascript, */*; q=0.01', 'json'],
    ['JSON before HTML', 'application/json, text/html;q=0.9', 'json'],
    ['HTML before JSON', 'application/json;q=0.9, text/html', 'html'],
    ['all named alike', 'application/json, image/png, text/html', 'html'],
    ['a picture and JSON alike', 'application/json, image/png', 'image'],
    ['HTML less than anything else', 'text/html;q=0.5, */*', 'json'],
    ['HTML refused', 'text/html;q=0, */*;q=0.1', 'json'],
    ['JSON refused, a picture taken', 'application/json;q=0, image/*;q=0.1, */*', 'image'],
    ['nothing that there is', 'text/plain', 'json'],
    ['nothing at all', '*/*;q=0', 'json'],
    ['capitals', 'TEXT/HTML', 'html'],
    ['rubbish', ';;q=,,="', 'json'],
  ])('%s', (_, accept, expected) => {
    expect(chooseRepresentation(accept)).toBe(expected)
  })

  it.each([
    ['image', '*/*', 'image'],
    ['image', undefined, 'image'],
    ['image', 'text/html', 'image'],
    ['iframe', '*/*', 'frame'],
    ['iframe', 'text/html,*/*;q=0.8', 'frame'],
    ['frame', 'text/html', 'frame'],
    ['fencedframe', 'text/html', 'frame'],
    ['object', 'text/html', 'frame'],
    ['embed', 'text/html', 'frame'],
    ['document', 'text/html', 'html'],
    ['document', '*/*', 'json'],
    ['empty', '*/*', 'json'],
    ['empty', 'image/*', 'image'],
    ['script', '*/*', 'json'],
    ['IMAGE', '*/*', 'json'],
    ['', 'text/html', 'html'],
  ])('heeds the destination %s with %s', (destination, accept, expected) => {
    expect(chooseRepresentation(accept, destination)).toBe(expected)
  })
})
