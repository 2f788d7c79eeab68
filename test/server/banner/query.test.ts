import { describe, expect, it } from 'vitest'
import { parseCampaignPart, parsePlainUrl, parseSearch } from '../../../server/banner/query.ts'

const EXCLUDE_FAULT = 'exclude must be at most 100 banner ids joined by commas'

describe('parseSearch', () => {
  it.each<[string, number[]]>([
    ['exclude=30', [30]],
    ['exclude=30,10', [30, 10]],
    ['exclude=30%2C10', [30, 10]],
    ['exclude=30,%2010', [30, 10]],
    ['exclude=30,+10', [30, 10]],
    ['exclude=30,', [30]],
    ['exclude=,30,,10', [30, 10]],
    ['exclude=30&exclude=10', [30, 10]],
    ['exclude[]=30&exclude[]=10', [30, 10]],
    ['exclude%5B%5D=30', [30]],
    ['exclude[0]=30&exclude[1]=10', [30, 10]],
    ['Exclude=30', [30]],
    ['EXCLUDE[]=30', [30]],
    ['exclude=', []],
    ['exclude', []],
    ['exclude=undefined', []],
    ['exclude=null', []],
    ['exclude=undefined,30', [30]],
    ['excluded=30', []],
    ['exclude[a]=30', []],
    ['utm_source=x', []],
  ])('reads %s', (search, excluded) => {
    expect(parseSearch(search)).toMatchObject({ excluded, fault: undefined })
  })

  it.each<[string, number[]]>([
    ['exclude=x', []],
    ['exclude=30,x,10', [30, 10]],
    ['exclude=007', []],
    ['exclude=-1', []],
    ['exclude=1.0', []],
    ['exclude=9007199254740992', []],
    [`exclude=${'1,'.repeat(100)}2`, Array(100).fill(1)],
  ])('keeps what it can read of %s', (search, excluded) => {
    expect(parseSearch(search)).toMatchObject({ excluded, fault: EXCLUDE_FAULT })
  })

  it.each([
    ['dataset=3', 3],
    ['DATASET=3', 3],
    ['Dataset=1&x=2', 1],
  ])('reads %s', (search, preview) => {
    expect(parseSearch(search)).toMatchObject({ preview, fault: undefined })
  })

  it.each([
    ['dataset=5', 'dataset must be 1, 2, 3 or 4'],
    ['dataset=', 'dataset must be 1, 2, 3 or 4'],
    ['dataset=undefined', 'dataset must be 1, 2, 3 or 4'],
    ['dataset=1&Dataset=2', 'dataset must be given once'],
  ])('does not understand %s', (search, fault) => {
    expect(parseSearch(search)).toMatchObject({ preview: undefined, fault, isCountBad: false })
  })

  it.each([
    ['count=1', 1],
    ['Count=10', 10],
  ])('reads %s', (search, count) => {
    expect(parseSearch(search)).toMatchObject({ count, fault: undefined, isCountBad: false })
  })

  it.each([
    'count=0',
    'count=11',
    'count=',
    'count=03',
    'count=1e0',
    'count=-1',
    'count=1&count=1',
  ])('does not understand %s', (search) => {
    expect(parseSearch(search)).toMatchObject({ count: undefined, isCountBad: true })
  })

  it.each([undefined, '', '&&', 'a=b&c'])('finds nothing in %s', (search) => {
    expect(parseSearch(search)).toEqual({
      preview: undefined,
      refusesConsent: false,
      excluded: [],
      count: undefined,
      fault: undefined,
      isCountBad: false,
    })
  })
})

describe('parseCampaignPart', () => {
  it.each([
    ['12', { campaignId: 12, isPicture: false }],
    ['12.png', { campaignId: 12, isPicture: true }],
    ['.png', { campaignId: undefined, isPicture: true }],
    ['012.png', { campaignId: undefined, isPicture: true }],
    ['12.PNG', { campaignId: undefined, isPicture: false }],
    ['12.jpg', { campaignId: undefined, isPicture: false }],
    ['12.png.png', { campaignId: undefined, isPicture: true }],
  ])('reads %s', (text, part) => {
    expect(parseCampaignPart(text)).toEqual(part)
  })
})

describe('parsePlainUrl', () => {
  it.each([
    ['/campaigns/12', { campaignId: 12, isPicture: false }, undefined],
    ['/campaigns/12/', { campaignId: 12, isPicture: false }, undefined],
    [
      '/campaigns/12.png?exclude=1',
      { campaignId: 12, isPicture: true, parameters: { excluded: [1] } },
      'exclude=1',
    ],
    ['/campaigns/12/?count=3', { campaignId: 12, parameters: { count: 3 } }, 'count=3'],
  ])('reads %s', (url, query, search) => {
    expect(parsePlainUrl(url)).toMatchObject({ query, search })
  })

  it.each([
    '/campaigns/012',
    '/campaigns/12.png/',
    '/campaigns/12//',
    '/campaigns/12?exclude[]=1',
    '/',
  ])('leaves %s to the route', (url) => {
    expect(parsePlainUrl(url)).toBeUndefined()
  })
})
