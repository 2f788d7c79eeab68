/** The command line of the server: from words to settings as text. */
import yargs, { type Argv } from 'yargs'
import { nearestName } from '../contract/nearest.ts'
import { PROGRAM_VERSION } from '../contract/version.ts'
import { SETTINGS, SettingsError } from './settings.ts'

/** What a command line asks for: to serve with these flags, or to print the help or the version. */
export type CommandLine =
  | { readonly flags: Readonly<Record<string, unknown>> }
  | { readonly output: string }

/**
 * Reads a command line.
 *
 * @param argv - The words after the program's name.
 * @param name - What the user typed as the program's name, for the help.
 * @throws {SettingsError} If a flag is unknown or lacks its value; with what was probably meant.
 */
export function readFlags(argv: readonly string[], name: string): CommandLine {
  let output = ''
  const flags = createParser(name).parseSync([...argv], {}, (_error, _flags, text) => {
    output = text
  })
  return output === '' ? { flags } : { output }
}

function createParser(name: string): Argv {
  const parser = yargs()
    .scriptName(name)
    .exitProcess(false)
    .locale('en')
    .usage(
      '$0 [options]\n\nServes banners from a published build. GET /campaigns/<id> answers one.',
    )
    .strict()
    .demandCommand(0, 0, '', 'there are flags only, no commands')
    .alias('help', 'h')
    .version('version', 'Print the version', PROGRAM_VERSION)
    .alias('version', 'V')
    .fail((message, error) => {
      throw new SettingsError(suggestFlags(message ?? error?.message ?? ''))
    })
  for (const info of Object.values(SETTINGS)) {
    const isSwitch = info.kind === 'switch'
    parser.option(info.flag, {
      type: isSwitch ? 'boolean' : 'string',
      requiresArg: !isSwitch,
      describe: `${info.describe} [${info.env}]`,
      defaultDescription: info.default,
    })
  }
  return parser
}

/** Adds what was probably meant to a message of yargs about unknown arguments. */
function suggestFlags(message: string): string {
  const unknown = /^Unknown arguments?: (.+)$/.exec(message)?.[1]?.split(', ')
  if (unknown === undefined) return message
  const known = [...Object.values(SETTINGS).map(({ flag }) => flag), 'help', 'version']
  // yargs names a flag twice, as it was typed and in camel case.
  const typed = unknown.filter((name) => !unknown.some((other) => isCamelCaseFor(name, other)))
  const words = typed.map((name) => {
    const flag = nearestName(name, known)
    return flag === null ? name : `${name}, did you mean --${flag}?`
  })
  return `Unknown argument: ${words.join(', ')}`
}

function isCamelCaseFor(name: string, other: string): boolean {
  return (
    name !== other &&
    name === other.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  )
}
