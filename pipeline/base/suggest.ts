import type { Command } from '../commands/command.ts'
import { nearestName } from '../input/scan/nearest.ts'

/**
 * Adds what was probably meant to a message of yargs about unknown arguments.
 *
 * @param argv - The words of the command line.
 * @returns Other messages as they are.
 */
export function suggestNames(
  message: string,
  argv: readonly string[],
  commands: readonly Command<never>[],
): string {
  const unknown = /^Unknown arguments?: (.+)$/.exec(message)?.[1]?.split(', ')
  if (unknown === undefined) return message
  // yargs names a flag twice, as it was typed and in camel case.
  const typed = unknown.filter((name) => argv.some((word) => nameOf(word) === name))
  const command = commands.find(({ usage }) => usage.split(' ')[0] === argv[0])
  const words = typed.map((name) => suggest(name, argv, command, commands))
  return words.length === 0 ? message : `Unknown argument: ${words.join(', ')}`
}

function suggest(
  name: string,
  argv: readonly string[],
  command: Command<never> | undefined,
  commands: readonly Command<never>[],
): string {
  if (!argv.includes(name)) {
    const flags = [...Object.keys(command?.options ?? {}), 'json', 'help']
    const flag = nearestName(name, flags)
    return flag === null ? name : `${name}, did you mean --${flag}?`
  }
  if (command !== undefined) return name
  const nearest = nearestName(
    name,
    commands.map(({ usage }) => usage.split(' ')[0] ?? ''),
  )
  return nearest === null ? name : `${name}, did you mean ${nearest}?`
}

/** `--seed=1` names `seed`. */
function nameOf(word: string): string {
  return word.replace(/^--?/, '').replace(/=.*$/s, '')
}
