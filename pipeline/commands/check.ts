import type { Command } from './command.ts'

/** `pools check` */
export const CHECK: Command<{ artifacts: string }> = {
  usage: 'check',
  describe: 'run the data checks on a published build',
  options: {
    artifacts: {
      type: 'string',
      demandOption: true,
      describe: 'artifacts folder or the folder of one build',
    },
  },
  examples: [
    ['check --artifacts artifacts', 'exit code 1 if a check finds an error'],
    ['check --artifacts artifacts --json', 'for programs'],
  ],
  async run({ artifacts }) {
    const { checkBuild, describeReport } = await import('../ask/check.ts')
    const report = await checkBuild(artifacts)
    return { document: report, lines: describeReport(report), hasFailed: !report.passed }
  },
}
