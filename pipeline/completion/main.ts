/** `pools --complete WORDS…`, which the script of `pools completion` calls at each Tab: a process that reads no more than it must. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { BUILDS_FOLDER } from '../../contract/schema.ts'
import { COMMANDS } from '../commands/all.ts'
import { completeWords } from './complete.ts'

/**
 * Writes the completions to stdout, a line each.
 *
 * @param words - After `--complete`.
 * @param programs - Names that are run by others, such as `serve`.
 */
export function printCompletions(words: readonly string[], programs: readonly string[]): void {
  const lines = completeWords(words, { commands: COMMANDS, programs, listBuilds })
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
}

function listBuilds(artifacts: string): string[] {
  const folder = join(artifacts, BUILDS_FOLDER)
  try {
    const names = readdirSync(folder).filter((name) => /^[0-9a-f]+$/.test(name))
    const timeOf = (name: string) => statSync(join(folder, name)).mtimeMs
    return names.sort((a, b) => timeOf(b) - timeOf(a))
  } catch {
    return []
  }
}
