/** The flag of every command that publishes builds: how long the history goes back. */
import { assertFlag, type Option } from './command.ts'

/** Decades: more would be a slip of the keyboard. */
const MOST_DAYS = 36_525

/** The option `--history-days`. */
export const HISTORY_OPTIONS = {
  'history-days': {
    type: 'number',
    default: 400,
    describe: 'days that builds and campaigns stay in the history; 0 writes none',
  },
} as const satisfies Record<string, Option>

/** @throws {PipelineError} With exit code 2, if it makes no sense. */
export function checkHistoryDays({ historyDays }: { historyDays: number }): void {
  const isRight = Number.isSafeInteger(historyDays) && historyDays >= 0 && historyDays <= MOST_DAYS
  assertFlag(isRight, 'history-days', `a whole number of days from 0 to ${MOST_DAYS}`)
}
