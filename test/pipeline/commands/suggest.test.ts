import { describe, expect, it } from 'vitest'
import { BUILD } from '../../../pipeline/commands/build.ts'
import { DIFF } from '../../../pipeline/commands/diff.ts'
import { suggestNames } from '../../../pipeline/commands/suggest.ts'

const COMMANDS = [BUILD, DIFF]

describe('suggestNames', () => {
  it.each([
    ['a command', 'biuld', ['biuld'], 'biuld, did you mean build?'],
    ['no command that is near', 'serve', ['serve'], 'serve'],
    ['a flag', 'sed', ['build', '--sed', '1'], 'sed, did you mean --seed?'],
    ['a flag with its value', 'sede', ['build', '--sede=1'], 'sede, did you mean --seed?'],
    ['no flag of another command', 'inptu', ['diff', 'a', 'b', '--inptu'], 'inptu'],
    [
      'a flag that yargs names twice',
      'alow-missing, alowMissing',
      ['build', '--alow-missing'],
      'alow-missing, did you mean --allow-missing?',
    ],
    ['a word too many', 'build', ['diff', 'a', 'b', 'build'], 'build'],
  ])('suggests %s', (_, unknown, argv, expected) => {
    const message = `Unknown argument${unknown.includes(',') ? 's' : ''}: ${unknown}`

    expect(suggestNames(message, argv, COMMANDS)).toBe(`Unknown argument: ${expected}`)
  })

  it('leaves other messages alone', () => {
    expect(suggestNames('name a command', [], COMMANDS)).toBe('name a command')
  })

  it.each([
    [['build', '--imput', 'a', '--out', 'b'], 'imput, did you mean --input?'],
    [
      ['build', '--imput=a', '--no-force', '--maxRejectShare', '1', '-h'],
      'imput, did you mean --input?',
    ],
  ])('takes a required flag that is missing for one that is misspelt: %j', (argv, words) => {
    const message = 'Missing required argument: input'

    expect(suggestNames(message, argv, [BUILD, DIFF])).toBe(`Unknown argument: ${words}`)
  })

  it('leaves a message of a flag that is missing', () => {
    const message = 'Missing required argument: input'

    expect(suggestNames(message, ['build', '--out', 'b'], [BUILD, DIFF])).toBe(message)
  })

  it('names an unknown command alone', () => {
    const message = 'Unknown arguments: input, biuld'

    expect(suggestNames(message, ['biuld', '--input', 'b'], [BUILD, DIFF])).toBe(
      'Unknown argument: biuld, did you mean build?',
    )
  })
})
