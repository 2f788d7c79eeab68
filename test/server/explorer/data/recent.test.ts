import { describe, expect, it } from 'vitest'
import { createRecent } from '../../../../server/explorer/data/recent.ts'

describe('createRecent', () => {
  it('asks once for what is wanted at the same time, and again', async () => {
    let asked = 0
    const recent = createRecent<number>(2)
    const get = () => recent.get('a', async () => ++asked)

    expect(await Promise.all([get(), get()])).toEqual([1, 1])
    expect(await get()).toBe(1)
  })

  it('forgets what nobody wanted for longest', async () => {
    const recent = createRecent<string>(2)
    for (const key of ['a', 'b', 'a', 'c']) await recent.get(key, async () => key)

    expect(['a', 'b', 'c'].filter(recent.has)).toEqual(['a', 'c'])
  })

  it('does not remember what failed', async () => {
    const recent = createRecent<string>(2)
    const failing = recent.get('a', () => Promise.reject(new Error('broken')))

    await expect(failing).rejects.toThrow('broken')
    expect(await recent.get('a', async () => 'well')).toBe('well')
  })
})
