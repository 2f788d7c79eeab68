import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { createLinks } from '../../../server/banner/links.ts'
import { toResponse } from '../../../server/base/answer.ts'
import type { Env } from '../../../server/explorer/routes.ts'
import { createAdmission } from '../../../server/http/admission.ts'
import { createGate, createGates } from '../../../server/http/gate.ts'

const LINKS = createLinks('https://ads.example', { imageUrl: undefined, clickUrl: undefined })

describe('createAdmission', () => {
  it('answers 503 for a page that takes too long, and counts it until it is done', async () => {
    const pages = createGate({ running: 1, waiting: 0, perTurn: 8 })
    const refused: string[] = []
    let finish = () => {}
    const app = new Hono<Env>()
    app.use(
      createAdmission(
        {
          linksOf: () => LINKS,
          gates: { ...createGates(), pages },
          countRefusal: (reason) => refused.push(reason),
          patienceMs: 5,
        },
        (_, answer) => toResponse(answer),
      ),
    )
    app.get('/explorer/slow', async (c) => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return c.text('at last')
    })

    const late = await app.request('/explorer/slow')

    expect(late.status).toBe(503)
    expect(late.headers.get('retry-after')).toBe('1')
    expect(await late.json()).toMatchObject({ title: 'the page takes too long now' })
    expect(await pages.enter()).toBe(false)
    finish()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await pages.enter()).toBe(true)
    expect(refused).toEqual(['busy'])
  })
})
