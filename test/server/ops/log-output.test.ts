import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createFileOutput, createStreamOutput } from '../../../server/ops/log-output.ts'

/** A disk with room for so many bytes. */
function createDisk(room: number) {
  const disk = { text: '', room }
  const write = ((_: number, bytes: Buffer, start: number, length: number) => {
    const count = Math.min(length, disk.room)
    if (count === 0) throw new Error('ENOSPC')
    disk.text += bytes.toString('utf8', start, start + count)
    disk.room -= count
    return count
  }) as never
  return { disk, write }
}

describe('createFileOutput', () => {
  it('drops and counts lines while the disk is full, and begins a new line after a torn one', () => {
    const { disk, write } = createDisk(7)
    const output = createFileOutput(2, write)
    output.write('one\n')
    output.write('two\nthree\n')
    expect(output.dropped()).toBe(2)
    output.write('four\n')
    expect(output.dropped()).toBe(3)

    disk.room = 100
    output.write('five\n')

    expect(disk.text).toBe('one\ntwo\nfive\n')
    expect(output.dropped()).toBe(3)
  })
})

describe('createStreamOutput', () => {
  it('drops and counts lines that nobody reads', () => {
    const stream = Object.assign(new EventEmitter(), { writableLength: 0, text: '' })
    const write = (lines: string) => {
      stream.text += lines
    }
    const output = createStreamOutput(Object.assign(stream, { write }) as never)
    output.write('one\n')
    stream.writableLength = 2_000_000
    output.write('two\nthree\n')
    stream.writableLength = 0
    output.write('four\n')
    stream.emit('error', new Error('EPIPE'))
    output.write('five\n')

    expect(stream.text).toBe('one\nfour\n')
    expect(output.dropped()).toBe(3)
  })
})
