import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createGate } from '../../../server/http/gate.ts'

describe('createGate', () => {
  it('lets in as many as may run, then one for each that leaves', async () => {
    const gate = createGate({ running: 2, waiting: 5, perTurn: 5 })
    const entered: number[] = []
    for (const job of [1, 2, 3, 4]) void gate.enter().then(() => entered.push(job))
    await turn()
    expect(entered).toEqual([1, 2])

    gate.leave()
    await turn()
    await turn()

    expect(entered).toEqual([1, 2, 3])
  })

  it('begins no more jobs in one turn of the event loop than it may', async () => {
    const gate = createGate({ running: 10, waiting: 10, perTurn: 1 })
    const entered: number[] = []
    for (const job of [1, 2, 3]) void gate.enter().then(() => entered.push(job))

    await Promise.resolve()
    await Promise.resolve()
    expect(entered).toEqual([1])
    for (let i = 0; i < 4; i++) await turn()
    expect(entered).toEqual([1, 2, 3])
  })

  it('refuses what would wait too long', async () => {
    const gate = createGate({ running: 1, waiting: 1, perTurn: 1 })
    const first = gate.enter()
    const second = gate.enter()

    expect(await first).toBe(true)
    expect(await gate.enter()).toBe(false)
    gate.leave()
    expect(await second).toBe(true)
  })
})
