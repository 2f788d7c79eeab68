import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { guardStreams } from '../../contract/streams.ts'

describe('guardStreams', () => {
  it('takes a reader that has gone for no failure', () => {
    const { stdout, lines, guard } = start()

    stdout.emit('error', systemError('EPIPE'))

    expect([guard.readerGone.aborted, guard.hasLostOutput(), lines]).toEqual([true, false, []])
  })

  it('tells of other errors of stdout in one line, once', () => {
    const { stdout, lines, guard } = start()

    stdout.emit('error', systemError('ENOSPC'))
    stdout.emit('error', systemError('ENOSPC'))

    expect([guard.readerGone.aborted, guard.hasLostOutput()]).toEqual([false, true])
    expect(lines).toEqual([
      'output cannot be written, free some space or write it elsewhere (ENOSPC): stdout',
    ])
  })

  it.each(['EPIPE', 'ENOSPC', 'EIO'])('ignores %s of stderr', (code) => {
    const { stderr, lines, guard } = start()

    stderr.emit('error', systemError(code))

    expect([guard.readerGone.aborted, guard.hasLostOutput(), lines]).toEqual([false, false, []])
  })
})

function start() {
  const [stdout, stderr] = [new EventEmitter(), new EventEmitter()]
  const lines: string[] = []
  const guard = guardStreams({ stdout, stderr }, (line) => lines.push(line))
  return { stdout, stderr, lines, guard }
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code })
}
