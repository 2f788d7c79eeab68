import { describe, expect, it } from 'vitest'
import { isInTableOrder } from '../../../../pipeline/input/scan/header.ts'
import { headerOf } from '../../../helpers/scan.ts'

describe('parseHeader', () => {
  it('finds columns in any order and names the others', () => {
    const header = headerOf('campaign_id,agent,click_id,banner_id\n')

    expect(header).toEqual({
      names: ['campaign_id', 'agent', 'click_id', 'banner_id'],
      kinds: ['id', 'other', 'event_id', 'id'],
      positions: [2, 3, 0],
      ignored: ['agent'],
      lineEnd: '\n',
    })
    expect(isInTableOrder(header)).toBe(false)
  })

  it.each([
    ['click_id,banner_id,campaign_id\n', '\n'],
    ['click_id,banner_id,campaign_id\r\n', '\r\n'],
    ['\uFEFFclick_id,banner_id,campaign_id\n', '\n'],
    ['"click_id","banner_id","campaign_id"\n', '\n'],
    ['click_id,banner_id,campaign_id', '\n'],
  ])('reads %j', (text, lineEnd) => {
    const header = headerOf(text)

    expect(header).toMatchObject({ positions: [0, 1, 2], ignored: [], lineEnd })
    expect(isInTableOrder(header)).toBe(true)
  })

  it.each([
    ['click_id,banner_id\n', /column campaign_id is missing; the header is "click_id,banner_id"/],
    [
      'clickId,banner_id,campaign_id\n',
      /column click_id is missing \(is "clickId" meant\? see --rename\)/,
    ],
    ['Click ID,banner_id,campaign_id\n', /is "Click ID" meant/],
    [
      ' click_id,banner_id,campaign_id\n',
      /column click_id is missing \(is " click_id" meant\? see --rename\)/,
    ],
    ['click_id;banner_id;campaign_id\n', /separate columns with commas/],
    ['click_id\tbanner_id\tcampaign_id\n', /separated by tabs, use commas/],
    ['click_id,banner_id,campaign_id\r1,2,3\r', /carriage return alone/],
    ['100,30,7\n', /the first line must name the columns/],
    ['Report of March\n', /column click_id is missing; the header is "Report of March"/],
    ['\n', /column click_id is missing/],
    ['click_id,click_id,banner_id,campaign_id\n', /column click_id is there twice/],
    ['"click_id,banner_id,campaign_id\n', /broken quote/],
    ['click_id,banner_id\0,campaign_id\n', /NUL byte/],
  ])('refuses %j', (text, message) => {
    expect(() => headerOf(text)).toThrow(message)
  })

  it('refuses other encodings', () => {
    const utf16 = Buffer.from('\uFEFFclick_id,banner_id,campaign_id\n', 'utf16le')

    expect(() => headerOf(utf16.toString('latin1'))).toThrow(/NUL byte/)
  })
})
