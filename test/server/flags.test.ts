import { describe, expect, it } from 'vitest'
import { PROGRAM_VERSION } from '../../contract/version.ts'
import { readFlags } from '../../server/flags.ts'

describe('readFlags', () => {
  it('gives flags by their names', () => {
    expect(readFlags(['--port', '9', '--no-explorer'], 'serve')).toMatchObject({
      flags: { port: '9', explorer: false },
    })
  })

  it.each(['--version', '-V'])('gives the version on %s', (word) => {
    expect(readFlags([word], 'serve')).toEqual({ output: PROGRAM_VERSION })
  })

  it.each(['--help', '-h'])('gives the help on %s, with the name that was typed', (word) => {
    expect(readFlags([word], 'banner-pools serve')).toEqual({
      output: expect.stringMatching(/^banner-pools serve \[options\]\n/),
    })
  })

  it.each([
    ['--artifcts', 'Unknown argument: artifcts, did you mean --artifacts?'],
    ['--max-agee=3', 'Unknown argument: max-agee, did you mean --max-age?'],
    ['--zzz', 'Unknown argument: zzz'],
    ['--port', 'Not enough arguments following: port'],
    ['build', 'there are flags only, no commands'],
  ])('refuses %s', (word, message) => {
    expect(() => readFlags([word], 'serve')).toThrow(message)
  })
})
