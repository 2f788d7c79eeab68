/** What may stand at the end of a command line: names of commands and flags, values, ids of builds. */
import type { Command, Option } from '../commands/command.ts'

/** What is known while a command line is typed. */
export interface CompletionContext {
  readonly commands: readonly Command<never>[]
  /** Names that stand where a command's may, and are run by others. */
  readonly programs: readonly string[]
  /** Ids of the builds in an artifacts folder, newest first; none if there is no such folder. */
  readonly listBuilds: (artifacts: string) => readonly string[]
}

const COMMON_FLAGS = ['help', 'json']
const DEFAULT_ARTIFACTS = 'artifacts'

/**
 * Completes the last word.
 *
 * @param words - After the program's name; the last one is as far as it was typed, perhaps empty. bash gives `=` as a word
 *   of its own, zsh does not.
 * @returns Whole words. None: the shell completes names of files.
 */
export function completeWords(words: readonly string[], context: CompletionContext): string[] {
  const typed = words.at(-1) === '=' ? [...words.slice(0, -1), ''] : words.filter((w) => w !== '=')
  const word = typed.at(-1) ?? ''
  const [name = '', ...rest] = typed.slice(0, -1)
  if (typed.length <= 1) return startingWith(word, listFirstWords(word, context))
  const command = context.commands.find((one) => nameCommand(one) === name)
  return command === undefined ? [] : completeCommand(command, { before: rest, word }, context)
}

/** The words after a command's name. */
interface Typed {
  readonly before: readonly string[]
  readonly word: string
}

function listFirstWords(word: string, { commands, programs }: CompletionContext): string[] {
  if (word.startsWith('-')) return ['--help', '--version']
  return [...commands.map(nameCommand), 'completion', ...programs]
}

function completeCommand(
  command: Command<never>,
  { before, word }: Typed,
  context: CompletionContext,
): string[] {
  const [, joined, start = ''] = /^--([\w-]+)=(.*)$/s.exec(word) ?? []
  if (joined !== undefined) {
    const values = listValues(command.options[joined], before, context)
    return startingWith(start, values).map((value) => `--${joined}=${value}`)
  }
  const flag = findOpenFlag(command, before)
  if (flag !== undefined) return startingWith(word, listValues(flag, before, context))
  if (word.startsWith('-')) return startingWith(word, listFlags(command, before))
  const places = Object.values(command.positionals ?? {})
  return startingWith(word, listValues(places[countPlaces(command, before)], before, context))
}

/** The flag that the last word before is, if it wants a value. */
function findOpenFlag({ options }: Command<never>, before: readonly string[]): Option | undefined {
  const last = before.at(-1) ?? ''
  const option = last.startsWith('--') ? options[last.slice(2)] : undefined
  return option?.type === 'boolean' ? undefined : option
}

/** Flags that are not there yet, or may be there again. */
function listFlags({ options }: Command<never>, before: readonly string[]): string[] {
  const isOpen = (name: string) => options[name]?.array === true || !before.includes(`--${name}`)
  return [...Object.keys(options), ...COMMON_FLAGS].filter(isOpen).map((name) => `--${name}`)
}

function countPlaces(command: Command<never>, before: readonly string[]): number {
  return before.filter(
    (word, index) =>
      !word.startsWith('-') && findOpenFlag(command, before.slice(0, index)) === undefined,
  ).length
}

function listValues(
  option: Option | undefined,
  before: readonly string[],
  { listBuilds }: CompletionContext,
): readonly string[] {
  if (option?.values !== 'builds') return option?.values ?? []
  return listBuilds(findArtifacts(before))
}

function findArtifacts(before: readonly string[]): string {
  const joined = before.find((word) => word.startsWith('--artifacts='))
  if (joined !== undefined) return joined.slice('--artifacts='.length)
  const place = before.indexOf('--artifacts')
  return (place === -1 ? undefined : before[place + 1]) ?? DEFAULT_ARTIFACTS
}

function startingWith(start: string, words: readonly string[]): string[] {
  return words.filter((word) => word.startsWith(start))
}

function nameCommand({ usage }: Command<never>): string {
  return usage.split(' ')[0] ?? ''
}
