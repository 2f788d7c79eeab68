import * as kafka from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'
import { ClickBlocks } from '../../../../pipeline/live/receive/click-blocks.ts'
import { createDecompress } from '../../../../pipeline/live/receive/decompress.ts'
import { Door } from '../../../../pipeline/live/receive/door.ts'
import { EventMemory } from '../../../../pipeline/live/receive/event-memory.ts'
import { readBatches } from '../../../../pipeline/live/receive/record-batches.ts'
import { encodeBatch, type TestMessage } from '../../../helpers/kafka-batches.ts'

const TOOLS = {
  crc32c: (bytes: Buffer) => kafka.crc32c(bytes),
  decompress: createDecompress(kafka),
}
const CLICKS = { name: 'shop.clicks', table: 'clicks', writer: 'kafka1a2b3c4d' } as const
const ONE = [['dataset', '1']] as const
/** The messages of helpers/kafka-batches.ts are of 1,000. */
const NOW_MS = 5_000

/** What comes in of one batch of partition 7 that begins at offset 100. */
function comeIn(
  messages: readonly TestMessage[],
  from = 100,
  memory = new EventMemory(),
  blocks = new ClickBlocks(),
) {
  const door = new Door(memory, blocks, () => new Date(NOW_MS))
  for (const batch of readBatches(encodeBatch(messages, { offset: 100 }), TOOLS)) {
    door.add(CLICKS, 7, batch, from)
  }
  const { lines, rejects } = door.take()
  return {
    lines: lines.map(({ dataset, good, lines: count }) => [dataset, good.toString(), count]),
    rejects: rejects.map(({ topic, partition, offset, line, reason, lines: count, size }) => {
      expect([topic, partition]).toEqual(['shop.clicks', 7])
      return [offset, line, reason, count, size]
    }),
  }
}

describe('Door', () => {
  it('names each line by its partition, offset and place in the message', () => {
    const { lines, rejects } = comeIn([
      { value: '1,30,7', headers: ONE },
      { value: '2,30,7\n', headers: ONE },
      { value: '3,30,7\r\n4,31,7\r\n', headers: [['dataset', '4']] },
    ])

    expect(lines).toEqual([
      [1, '7:100,1,30,7\n7:101,2,30,7\n', 2],
      [4, '7:102:1,3,30,7\n7:102:2,4,31,7\n', 2],
    ])
    expect(rejects).toEqual([])
  })

  it('takes a hundred lines but one that is bad', () => {
    const rows = Array.from({ length: 100 }, (_, nth) => `${nth + 1},30,7`)
    rows[41] = '42,x,7'
    const { lines, rejects } = comeIn([{ value: rows.join('\n'), headers: ONE }])

    expect(lines[0]?.[2]).toBe(99)
    expect(rejects).toEqual([[100, 42, 'not_an_id', 1, 6]])
  })

  it.each<[string, TestMessage, readonly unknown[]]>([
    ['a null value', { value: null, headers: ONE }, [null, 'null_value', 1, 0]],
    ['an empty value', { value: '', headers: ONE }, [null, 'empty_line', 1, 0]],
    ['no dataset', { value: '1,30,7\n2,30,7' }, [null, 'no_dataset', 2, 13]],
    [
      'two datasets',
      { value: '1,30,7', headers: [...ONE, ['dataset', '2']] },
      [null, 'two_datasets', 1, 6],
    ],
    ['dataset 5', { value: '1,30,7', headers: [['dataset', '5']] }, [null, 'bad_dataset', 1, 6]],
    ['dataset x', { value: '1,30,7', headers: [['dataset', '1x']] }, [null, 'bad_dataset', 1, 6]],
    ['a number that is none', { value: '1,3O,7', headers: ONE }, [null, 'not_an_id', 1, 6]],
    ['a NUL', { value: '1,30,\0', headers: ONE }, [null, 'nul_byte', 1, 6]],
    [
      'no UTF-8',
      { value: Buffer.from('1,30,\xff', 'latin1'), headers: ONE },
      [null, 'not_utf8', 1, 6],
    ],
    ['a lone return', { value: '1,30,7\r2,30,7', headers: ONE }, [null, 'carriage_return', 1, 13]],
    ['two rows', { value: '1,30,72,31,7', headers: ONE }, [null, 'field_count', 1, 12]],
    [
      'a header',
      { value: 'click_id,banner_id,campaign_id', headers: ONE },
      [null, 'not_an_id', 1, 30],
    ],
    [
      'an event with a comma',
      { value: '1,30,7', headers: [...ONE, ['event', 'a,b']] },
      [null, 'bad_event', 1, 6],
    ],
    [
      'an event like those of messages that bring none',
      { value: '1,30,7', headers: [...ONE, ['event', '7:100']] },
      [null, 'bad_event', 1, 6],
    ],
    [
      'ten megabytes',
      { value: 'x'.repeat(10_000_000), headers: ONE },
      [null, 'too_long', 1, 10_000_000],
    ],
  ])('keeps %s out, and says where', (_, message, reject) => {
    const { lines, rejects } = comeIn([{ value: '5,30,7', headers: ONE }, message])

    expect(lines).toEqual([[1, '7:100,5,30,7\n', 1]])
    expect(rejects).toEqual([[101, ...reject]])
  })

  it('takes an event as the message has it', () => {
    const headers = [...ONE, ['event', 'r1:17']] as const
    const { lines, rejects } = comeIn([
      { value: '1,30,7', headers },
      { value: '2,x,7\n', headers: [...ONE, ['event', 'r1:18']] },
    ])

    expect(lines).toEqual([[1, 'r1:17,1,30,7\n', 1]])
    expect(rejects).toEqual([[101, null, 'not_an_id', 1, 5]])
  })

  it('leaves out a line whose event came before, and takes it after one that was bad', () => {
    const memory = new EventMemory()
    const take = (event: string, value: string) =>
      comeIn([{ value, headers: [...ONE, ['event', event]] }], 100, memory)

    expect(take('r1:17', '1,30,7').lines).toEqual([[1, 'r1:17,1,30,7\n', 1]])
    expect(take('r1:17', '1,30,7')).toEqual({ lines: [], rejects: [] })
    expect(take('r1:18', '2,x,7').rejects).toHaveLength(1)
    expect(take('r1:18', '2,30,7').lines).toEqual([[1, 'r1:18,2,30,7\n', 1]])
    expect(take('r1:19', '3,30,7\n4,30,7').lines[0]?.[2]).toBe(2)
    expect(take('r1:19', '3,30,7\n4,30,7')).toEqual({ lines: [], rejects: [] })
  })

  it('passes over what was taken before: an answer has whole batches', () => {
    const { lines } = comeIn(
      [
        { value: '1,30,7', headers: ONE },
        { value: '2,30,7', headers: ONE },
      ],
      101,
    )

    expect(lines).toEqual([[1, '7:101,2,30,7\n', 1]])
  })
})

describe('ClickBlocks', () => {
  const [ONE_RUN, OTHER] = ['6b0d91a60000000001', '6b0d91a70000000002'] as const
  const FIRST = 2 ** 52
  const click = (id: number, writer: string, counter: number): TestMessage => ({
    value: `${id},30,7`,
    headers: [...ONE, ['event', `6b0d91a60000000009:${counter}`], ['writer', writer]],
  })

  it('keeps out clicks whose ids another run gives, and says so', () => {
    const blocks = new ClickBlocks()
    const messages = [
      click(FIRST, ONE_RUN, 1),
      click(FIRST + 65_536, OTHER, 2),
      click(FIRST + 65_535, OTHER, 3),
      click(FIRST + 65_537, ONE_RUN, 4),
      click(FIRST + 1, ONE_RUN, 5),
    ]
    const { lines, rejects } = comeIn(messages, 100, new EventMemory(), blocks)

    expect(lines.map(([, text]) => String(text).replaceAll(/^[^,]*,/gm, ''))).toEqual([
      `${FIRST},30,7\n${FIRST + 65_536},30,7\n${FIRST + 1},30,7\n`,
    ])
    expect(rejects).toEqual([
      [102, null, 'foreign_click_id', 1, 21],
      [103, null, 'foreign_click_id', 1, 21],
    ])
    expect(blocks.clash).toEqual({ clickId: FIRST + 65_537, run: ONE_RUN, owner: OTHER })
  })

  it('lets clicks in that say nothing of who gave their id, or nothing that is a run', () => {
    const blocks = new ClickBlocks()
    const messages = [
      click(FIRST, ONE_RUN, 1),
      { value: `${FIRST + 1},30,7`, headers: ONE },
      click(FIRST + 2, 'somebody', 2),
    ]

    expect(comeIn(messages, 100, new EventMemory(), blocks).rejects).toEqual([])
  })
})
