import type { Command } from './command.ts'

/** `pools shell` */
export const SHELL: Command<{ artifacts: string }> = {
  usage: 'shell',
  describe: 'print how to open a build in DuckDB, with views of its files',
  options: {
    artifacts: {
      type: 'string',
      demandOption: true,
      describe: 'artifacts folder or the folder of one build',
    },
  },
  examples: [
    ['shell --artifacts artifacts', 'a command line to copy; --json for the views alone'],
    ['shell --artifacts artifacts --json', 'the views as SQL'],
  ],
  async run({ artifacts }) {
    const { describeGuide, guideShell } = await import('../ask/shell.ts')
    const guide = await guideShell(artifacts)
    return { document: guide, lines: describeGuide(guide) }
  },
}
