/** `serve --complete WORDS…`: names of flags, for the shell. */
import { SETTINGS } from './settings.ts'

const COMMON_FLAGS = ['help', 'version']

/**
 * Writes the flags that start with the last word to stdout, a line each. After a flag that wants a value there are none:
 * the shell completes names of files.
 *
 * @param words - After `--complete`.
 */
export function printCompletions(words: readonly string[]): void {
  const word = words.at(-1) ?? ''
  if (!word.startsWith('-')) return
  const names = [...Object.values(SETTINGS).map(({ flag }) => flag), ...COMMON_FLAGS]
  const lines = names.map((name) => `--${name}`).filter((flag) => flag.startsWith(word))
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
}
