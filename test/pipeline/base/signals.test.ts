import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { obeySignals } from '../../../pipeline/base/signals.ts'

describe('obeySignals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('ends the process with one line at %s: exit code %i', (signal, code) => {
    const { process, lines, codes } = start()

    process.emit(signal)

    expect([lines, codes]).toEqual([[`stopped by ${signal}`], [code]])
  })

  it('lets a command that goes on end by itself first', () => {
    const { process, lines, codes, untilStopped } = start()
    const stop = untilStopped()

    process.emit('SIGINT')

    expect([stop.aborted, lines, codes]).toEqual([true, [], []])

    process.emit('SIGINT')

    expect([lines, codes]).toEqual([['stopped by SIGINT'], [130]])
  })
})

function start() {
  const lines: string[] = []
  const codes: number[] = []
  const process = Object.assign(new EventEmitter(), { exit: (code: number) => codes.push(code) })
  const untilStopped = obeySignals(process, (line) => lines.push(line))
  return { process, lines, codes, untilStopped }
}
