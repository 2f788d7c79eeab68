/** Names of lines, as they stand in the column `event`. */

const EVENT = /^[\w:.-]{1,200}$/
/** Partition, offset, and the line of a message that has several. */
const OWN = /^\d+:\d+(:\d+)?$/

/** Whether a receiver made it, of the place of a message. */
export function isOwnEvent(event: string): boolean {
  return OWN.test(event)
}

/** Whether a message may bring it: one like those of a receiver could be the name of another message. */
export function isAllowedEvent(event: string): boolean {
  return EVENT.test(event) && !isOwnEvent(event)
}
