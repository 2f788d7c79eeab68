/** Lines that are lost: never passed over in silence. */
import { PipelineError } from '../../base/errors.ts'
import { formatTopicId } from './places.ts'

/** What is lost, in a sentence. */
export interface Gap {
  readonly text: string
  /** What --accept-gap does about it. */
  readonly remedy: string
}

/** Messages were removed before they were read. */
export function describeRetention(
  { topic, partition }: { topic: string; partition: number },
  from: number,
  to: number,
): Gap {
  const lost = to - from
  return {
    text: `topic ${topic}, partition ${partition}: offsets ${from} to ${to - 1} were removed before they were read, ${lost} messages at most`,
    remedy: `goes on at offset ${to}`,
  }
}

/** The brokers no longer have what we have read: a leader was elected that did not have it. */
export function describeTruncation(
  { topic, partition }: { topic: string; partition: number },
  offset: number,
  end: number,
): Gap {
  return {
    text: `topic ${topic}, partition ${partition}: read up to offset ${offset}, but the brokers have lost messages from offset ${end} on`,
    remedy: `keeps what was read and goes on at offset ${end}`,
  }
}

/** Another topic has the name now. */
export function describeNewTopic(topic: string, before: string, now: string): Gap {
  return {
    text: `topic ${topic} was deleted and made anew (its id ${formatTopicId(before)} is now ${formatTopicId(now)}): what was not read of it is lost`,
    remedy: 'reads the new one from its beginning',
  }
}

/**
 * Ends the receiver, unless somebody has accepted that lines are lost.
 *
 * @returns The sentence for the manifest.
 * @throws {PipelineError} With what is lost and what to do.
 */
export function acceptGap({ text, remedy }: Gap, acceptGaps: boolean, now: Date): string {
  if (!acceptGaps) throw new PipelineError(`${text}; --accept-gap records it and ${remedy}`)
  return `${text} (accepted ${now.toISOString()})`
}
