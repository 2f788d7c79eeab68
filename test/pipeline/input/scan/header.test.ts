import { describe, expect, it } from 'vitest'
import { isInTableOrder } from '../../../../pipeline/input/scan/header.ts'
import { headerOf } from '../../../helpers/scan.ts'

describe('parseHeader', () => {
  it('finds columns in any order and names the others', () => {
    const header = headerOf('campaign_id,agent,click_id,banner_id\n')

    expect(header).toEqual({
      isSegment: false,
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
    ['click_id;banner_id;campaign_id\n', /separated by semicolons, use commas/],
    ['click_id;banner_id\n', /separate columns with commas/],
    ['click_id\tbanner_id\tcampaign_id\n', /separated by tabs, use commas/],
    ['"click_id"\t"banner_id"\t"campaign_id"\n', /separated by tabs, use commas/],
    ['"click_id";"banner_id";"campaign_id"\n', /separated by semicolons, use commas/],
    ['note;click_id;banner_id;campaign_id\n', /separated by semicolons, use commas/],
    ['CLICK_ID|BANNER_ID|CAMPAIGN_ID\n', /separated by vertical bars, use commas/],
    ['"click_id,banner_id,campaign_id"\n', /in quotes as a whole, leave them out/],
    ['CLICK_ID,BANNER_ID,CAMPAIGN_ID\n', /column click_id is missing \(is "CLICK_ID" meant\?/],
    ["'click_id','banner_id','campaign_id'\n", /is "'click_id'" meant\?/],
    [
      'click_id,banner_id\t,campaign_id\n',
      /column banner_id is missing \(is "banner_id\\u\{9\}" meant\? write clicks.banner_id without \\u\{9\}\)/,
    ],
    [
      'cl\u0456ck_id,banner_id,campaign_id\n',
      /is "cl\\u\{456\}ck_id" meant\? write clicks.click_id without \\u\{456\}/,
    ],
    ['\u0441l\u0456\u0441k_\u0456d,banner_id,campaign_id\n', /is "\\u\{441\}l\\u\{456\}/],
    [
      'click_id,banner\u200b_id,campaign_id\n',
      /is "banner\\u\{200b\}_id" meant\? .*; the header is "click_id,banner\\u\{200b\}_id,campaign_id"/,
    ],
    ['\uFEFF\uFEFFclick_id,banner_id,campaign_id\n', /without \\u\{feff\}/],
    ['click_id,banner_id,campaign_id\r\r\n', /^lines end with \\r\\r\\n, let them end with \\n/],
    ['click_id\r,banner_id,campaign_id\n', /^the header has a carriage return within it, remove/],
    ['click_id,banner_id,campaign_id,note\u20281,2,3,x\n', /^the header holds "\\u\{2028\}"/],
    ['click_id,banner_id,campaign_id,note\u00851,2,3,x\n', /^the header holds "\\u\{85\}"/],
    ['click_id,banner_id,campaign_id\x1e1,2,3\n', /^the header holds "\\u001e"/],
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

  it('takes a tab in a name that is not ours', () => {
    expect(headerOf('click_id,banner_id,campaign_id,a\tb\n')).toMatchObject({ ignored: ['a\tb'] })
  })
})
