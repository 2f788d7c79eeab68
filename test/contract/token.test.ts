import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSigner } from '../../contract/short-hmac.ts'
import { createTokenWriter, type Decision, readToken } from '../../contract/token.ts'
import { seededRandom } from '../helpers/seeded-random.ts'

const KEY = { id: 0x010203, secret: Buffer.alloc(32, 7) }
const OTHER = { id: 0x010204, secret: Buffer.alloc(32, 8) }
const DECISION: Decision = {
  dataset: 3,
  campaignId: 12,
  bannerId: 9_007_199_254_740_991,
  buildId: '2f09d267ea526735+17',
  probability: 0.125,
}
const NUMBER = {
  seconds: 1_796_051_380,
  run: Buffer.from('6b0d91b017005d15cd', 'hex'),
  counter: 2 ** 32 + 5,
}

describe('createSigner', () => {
  it('signs as RFC 4231, test case 2, says', () => {
    const message = Buffer.alloc(28 + 32)
    message.write('what do ya want for nothing?')

    createSigner(Buffer.from('Jefe'))(message, 28, 32)

    expect(message.toString('hex', 28)).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })

  it('signs random messages of every length as node:crypto does', () => {
    const random = seededRandom(1)
    const bytes = (length: number) => Buffer.from(Array.from({ length }, () => random() * 256))
    for (let i = 0; i < 2_000; i++) {
      const [key, length] = [bytes(i % 65), i % 56]
      const message = Buffer.concat([bytes(length), Buffer.alloc(32)])
      const expected = createHmac('sha256', key).update(message.subarray(0, length)).digest('hex')

      createSigner(key)(message, length, 32)

      expect(message.toString('hex', length)).toBe(expected)
    }
  })

  it('refuses a message that needs two blocks', () => {
    const sign = createSigner(KEY.secret)

    expect(() => sign(Buffer.alloc(100), 56, 32)).toThrow('55 bytes')
  })
})

describe('readToken', () => {
  it('reads what was written', () => {
    const token = createTokenWriter(KEY)(DECISION, NUMBER)

    expect(token).toMatch(/^[\w-]{90}$/)
    expect(readToken(token, [OTHER, KEY])).toEqual({
      dataset: 3,
      campaignId: 12,
      bannerId: 9_007_199_254_740_991,
      build: '2f09d267ea52+17',
      probability: 0.125,
      at: 1_796_051_380,
      run: '6b0d91b017005d15cd',
      counter: 4_294_967_301,
    })
  })

  it('tells a build from the one before', () => {
    const write = createTokenWriter(KEY)
    write(DECISION, NUMBER)
    const token = write({ ...DECISION, buildId: 'ab' }, NUMBER)

    expect(readToken(token, [KEY])?.build).toBe('ab0000000000')
  })

  it('knows nothing of a token that another key has signed', () => {
    expect(readToken(createTokenWriter(OTHER)(DECISION, NUMBER), [KEY])).toBeNull()
    const disguised = createTokenWriter({ ...OTHER, id: KEY.id })(DECISION, NUMBER)
    expect(readToken(disguised, [KEY])).toBeNull()
  })

  it('refuses every token of which a character was changed', () => {
    const token = createTokenWriter(KEY)(DECISION, NUMBER)

    for (let i = 0; i < token.length; i++) {
      const other = token[i] === 'A' ? 'B' : 'A'
      expect(readToken(token.slice(0, i) + other + token.slice(i + 1), [KEY])).toBeNull()
    }
  })

  it.each(['', 'a'.repeat(8_000), '='.repeat(90), '€'.repeat(90), 'A'.repeat(90)])(
    'refuses %s',
    (text) => {
      expect(readToken(text, [KEY])).toBeNull()
    },
  )
})
