import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../../pipeline/commands/all.ts'
import { completeWords } from '../../../pipeline/completion/complete.ts'
import { writeScript } from '../../../pipeline/completion/script.ts'

const BUILDS: Readonly<Record<string, readonly string[]>> = {
  artifacts: ['fedcba9876543210', '0123456789abcdef'],
  other: ['aaaaaaaaaaaaaaaa'],
}

/** What the words come to; the last one is typed so far. */
function complete(...words: string[]): string[] {
  return completeWords(words, {
    commands: COMMANDS,
    programs: ['serve', 'demo'],
    listBuilds: (artifacts) => BUILDS[artifacts] ?? [],
  })
}

describe('completeWords', () => {
  it.each([
    [['bu'], ['build', 'builds']],
    [['s'], ['scan', 'sample', 'shell', 'serve']],
    [['--v'], ['--version']],
    [['nonsense', ''], []],
  ])('completes the command of %j', (words, completions) => {
    expect(complete(...words)).toEqual(completions)
  })

  it.each([
    [['diff', '--fail'], ['--fail-if-changed']],
    [
      ['build', '--keep', '5', '--ke'],
      ['--keep-equal-files', '--keep-work'],
    ],
    [['build', '--rename', 'a.b=c', '--ren'], ['--rename']],
    [['check', '--j'], ['--json']],
  ])('completes the flag of %j, unless it is there', (words, completions) => {
    expect(complete(...words)).toEqual(completions)
  })

  it.each([
    [
      ['explain', '12', '--dataset', ''],
      ['1', '2', '3', '4'],
    ],
    [
      ['explain', '12', '--dataset', '=', ''],
      ['1', '2', '3', '4'],
    ],
    [
      ['explain', '12', '--dataset', '='],
      ['1', '2', '3', '4'],
    ],
    [['explain', '12', '--dataset=2'], ['--dataset=2']],
    [['build', '--engine', 'a'], ['athena']],
    [['build', '--input', ''], []],
  ])('completes the value of %j', (words, completions) => {
    expect(complete(...words)).toEqual(completions)
  })

  it.each([
    [
      ['rollback', ''],
      ['fedcba9876543210', '0123456789abcdef'],
    ],
    [['rollback', '--artifacts', 'other', ''], ['aaaaaaaaaaaaaaaa']],
    [['rollback', '--artifacts=other', ''], ['aaaaaaaaaaaaaaaa']],
    [['diff', 'fedcba9876543210', '0'], ['0123456789abcdef']],
    [['diff', 'fedcba9876543210', '0123456789abcdef', ''], []],
    [['rollback', '--artifacts', 'nowhere', ''], []],
  ])('completes the build of %j', (words, completions) => {
    expect(complete(...words)).toEqual(completions)
  })
})

describe('writeScript', () => {
  it.each(['bash', 'zsh'] as const)('calls the program by its name in %s', (shell) => {
    const script = writeScript(shell, 'banner-pools')

    expect(script).toContain('banner-pools --complete')
    expect(script).toMatch(/_banner_pools_complete/)
  })
})
