import { describe, expect, it } from 'vitest'
import { suggestNames } from '../../../pipeline/base/suggest.ts'
import { BUILD } from '../../../pipeline/commands/build.ts'
import { DIFF } from '../../../pipeline/commands/diff.ts'

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
})
