import { describe, expect, it } from 'vitest'
import { html } from '../../contract/html.ts'

describe('html', () => {
  it.each([
    ['markup', '<b>', '&lt;b&gt;'],
    ['quotes of both kinds', `a"b'c`, 'a&quot;b&#39;c'],
    ['an entity', '&lt;', '&amp;lt;'],
    ['a control character', 'a\u0000b', 'a\ufffdb'],
    ['a character that turns the line', 'a\u202eb', 'a\ufffdb'],
    ['half a character', 'a\ud83d', 'a\ufffd'],
    ['other letters as they are', 'naïve 猫 🐈', 'naïve 猫 🐈'],
    ['a backslash as it is', 'a\\n', 'a\\n'],
  ])('escapes %s', (_, text, markup) => {
    expect(html`<td>${text}</td>`.markup).toBe(`<td>${markup}</td>`)
  })

  it('joins lists, keeps markup, and leaves out null and false, not 0', () => {
    const rows = [1, 0].map((count) => html`<li>${count}</li>`)

    expect(html`<ul>${rows}</ul>${null}${false}`.markup).toBe('<ul><li>1</li><li>0</li></ul>')
  })
})
