/** The events of the log, and the type of a log that has one in each line. */

/** Name and meaning of each event. The fields of each are in docs/server.md. */
export const LOG_EVENTS = {
  start: 'serves from now on',
  start_refused: 'could not start; with --log json only, a sentence else',
  reload: 'looked for another build',
  denylist: 'another denylist, or one that cannot be used',
  pictures: 'another list of pictures, or one that cannot be used',
  advertisers: 'other tokens of --conversion-tokens, or ones that cannot be used',
  changes_gap: 'changes of a follower do not continue what is served',
  bucket: 'the bucket of --artifacts cannot be followed, or can again',
  collecting: 'events cannot be written, or can again',
  sending: 'collected events cannot be sent to Kafka and wait, or can again',
  figures: 'the explorer cannot read the figures of a build',
  refused: 'connections or requests were refused, in the last minute',
  request: 'a request, with --access-log',
  request_failed: 'a bug, with its stack',
  worker_ended: 'a worker ended, and is replaced',
  worker_hung: 'a worker gives no sign of life, and is killed',
  worker_killed: 'a worker did not stop in time, and is killed',
  stop: 'a signal came',
  stopped: 'the end',
} as const satisfies Readonly<Record<string, string>>

/** A name of one. */
type LogEvent = keyof typeof LOG_EVENTS

/** What programs read of a line. */
export interface LogFields {
  readonly event: LogEvent
  readonly [field: string]: unknown
}

/** Writes lines: fields for programs, a sentence for people. */
export interface EventLog {
  readonly info: (fields: LogFields, line: string) => void
  readonly warn: (fields: LogFields, line: string) => void
  readonly error: (fields: LogFields, line: string) => void
}
