import { nearestName } from '../../contract/nearest.ts'
import type { Command } from './command.ts'

/** What is asked of a command. */
type Named = Pick<Command<never>, 'usage' | 'options'>

/** Flags of every command. */
const COMMON_FLAGS = ['json', 'help', 'version']

/**
 * Adds what was probably meant to a message of yargs about unknown or missing arguments.
 *
 * @param argv - The words of the command line.
 * @returns Other messages as they are.
 */
export function suggestNames(
  message: string,
  argv: readonly string[],
  commands: readonly Named[],
): string {
  const command = commands.find((candidate) => nameCommand(candidate) === argv[0])
  // A required flag that is misspelt is missing first, and unknown only then.
  if (command !== undefined && /^Missing required argument/.test(message)) {
    const unknown = findUnknownFlags(argv, command)
    return unknown.length === 0 ? message : describeUnknown(unknown, argv, command, commands)
  }
  const unknown = /^Unknown arguments?: (.+)$/.exec(message)?.[1]?.split(', ')
  if (unknown === undefined) return message
  // yargs names a flag twice, as it was typed and in camel case.
  const typed = unknown.filter((name) => argv.some((word) => stripDashes(word) === name))
  if (typed.length === 0) return message
  // Without a command, nothing can be known of the flags.
  const first = argv[0] ?? ''
  const isOtherCommand = command === undefined && typed.includes(first)
  return describeUnknown(isOtherCommand ? [first] : typed, argv, command, commands)
}

function describeUnknown(
  names: readonly string[],
  argv: readonly string[],
  ...[command, commands]: [Named | undefined, readonly Named[]]
): string {
  const words = names.map((name) => suggest(name, argv, command, commands))
  return `Unknown argument: ${words.join(', ')}`
}

function findUnknownFlags(argv: readonly string[], command: Named): string[] {
  const known = new Set([...listFlags(command), 'h', 'V'].map(simplify))
  return argv
    .filter((word) => /^--?[a-z]/i.test(word))
    .map(stripDashes)
    .filter((name) => !known.has(simplify(name)) && !known.has(simplify(name.replace(/^no-/, ''))))
}

/** yargs takes `maxRejectShare` for `max-reject-share`. */
function simplify(flag: string): string {
  return flag.replaceAll('-', '').toLowerCase()
}

function listFlags(command: Named | undefined): string[] {
  return [...Object.keys(command?.options ?? {}), ...COMMON_FLAGS]
}

function nameCommand({ usage }: Named): string {
  return usage.split(' ')[0] ?? ''
}

function suggest(
  name: string,
  argv: readonly string[],
  ...[command, commands]: [Named | undefined, readonly Named[]]
): string {
  if (!argv.includes(name)) {
    const flag = nearestName(name, listFlags(command))
    return flag === null ? name : `${name}, did you mean --${flag}?`
  }
  if (command !== undefined) return name
  const nearest = nearestName(name, commands.map(nameCommand))
  return nearest === null ? name : `${name}, did you mean ${nearest}?`
}

/** `--seed=1` names `seed`. */
function stripDashes(word: string): string {
  return word.replace(/^--?/, '').replace(/=.*$/s, '')
}
