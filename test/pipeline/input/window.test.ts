import { describe, expect, it } from 'vitest'
import { findDay, isInWindow, openWindow } from '../../../pipeline/input/window.ts'

describe('findDay', () => {
  it.each([
    ['1/clicks_2026-11-25_web-1.csv', '2026-11-25'],
    ['1/clicks_2026-13-01_2026-02-28.csv', '2026-02-28'],
    ['1/clicks_2026-02-30.csv', null],
    ['1/clicks_20261125.csv', null],
    ['1/clicks.csv', null],
  ])('of %s is %s', (path, day) => {
    expect(findDay(path)).toBe(day)
  })
})

describe('isInWindow', () => {
  const window = openWindow(2, new Date('2026-03-01T23:59:59.999Z'))

  it.each([
    ['1/clicks_2026-02-27.csv', false],
    ['1/clicks_2026-02-28.csv', true],
    ['1/clicks_2026-03-01.csv', true],
    ['1/clicks_2026-03-02.csv', true],
    ['1/clicks.csv', true],
  ])('takes %s: %s', (path, isTaken) => {
    expect(isInWindow(path, window)).toBe(isTaken)
  })

  it('takes all without a window', () => {
    expect(isInWindow('1/clicks_1999-01-01.csv', null)).toBe(true)
  })
})
