/** The function's log: JSON lines that CloudWatch keeps, and the metrics that it reads out of them. */
import type { Outcome } from '../banner/outcomes.ts'

/** Writes one line. Not `console`, whose lines get words of the runtime in front, and are no JSON then. */
export type WriteLine = (line: string) => void

/** The log of a function. */
export interface LambdaLog {
  readonly info: (message: string) => void
  /** What an operator should look at; counted for {@link LambdaLog.writeMetrics}. */
  readonly fail: (message: string, details?: Readonly<Record<string, unknown>>) => void
  readonly countOutcome: (outcome: Outcome) => void
  /**
   * Writes the metrics since the last time.
   *
   * @param poolsAgeHours - Of the build that is served; undefined: none is.
   */
  readonly writeMetrics: (poolsAgeHours: number | undefined) => void
}

/** Where the metrics of functions are found; deploy/aws/template.yaml has alarms on them. */
export const METRICS_NAMESPACE = 'BannerPools'

/** Two metrics are paid for; the outcomes are fields of the line, for Logs Insights, and cost nothing. */
const METRICS = [
  { Name: 'PoolsAgeHours', Unit: 'None' },
  { Name: 'Failures', Unit: 'Count' },
]

/**
 * Opens the log.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function openLambdaLog(write: WriteLine, functionName: string, now: () => Date): LambdaLog {
  let failures = 0
  let outcomes: Partial<Record<Outcome, number>> = {}
  const line = (fields: object) => write(`${JSON.stringify(fields)}\n`)
  const say = (level: 'info' | 'error', msg: string, details: object = {}) =>
    line({ level, time: now().toISOString(), msg, ...details })
  return {
    info: (message) => say('info', message),
    fail: (message, details) => {
      failures++
      say('error', message, details)
    },
    countOutcome: (outcome) => {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    },
    writeMetrics: (poolsAgeHours) => {
      const known = METRICS.filter(
        ({ Name }) => Name !== 'PoolsAgeHours' || poolsAgeHours !== undefined,
      )
      const directive = {
        Namespace: METRICS_NAMESPACE,
        Dimensions: [['FunctionName']],
        Metrics: known,
      }
      line({
        _aws: { Timestamp: now().getTime(), CloudWatchMetrics: [directive] },
        FunctionName: functionName,
        PoolsAgeHours: poolsAgeHours,
        Failures: failures,
        outcomes,
      })
      failures = 0
      outcomes = {}
    },
  }
}
