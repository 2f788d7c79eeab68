/** Headers of messages: the dataset of their lines, the name of their event, and who gave the ids of clicks. */
import type { Dataset } from '../../../contract/schema.ts'
import { isAllowedEvent } from './event-name.ts'
import type { DoorReason } from './prove-lines.ts'
import { VarintReader } from './record-batches.ts'

const DATASET = Buffer.from('dataset')
const EVENT_NAME = Buffer.from('event')
const WRITER = Buffer.from('writer')
const ZERO = 48

/** What the headers of a message say. */
export interface MessageHeaders {
  dataset: Dataset | 'no_dataset' | 'two_datasets' | 'bad_dataset'
  event: string | null
  /** The run of a server that gives click ids. */
  writer: string | null
}

/** Finds why a message does not come in, whatever its lines are; null = nothing is wrong. */
export function findMessageFault(
  valueLength: number,
  dataset: MessageHeaders['dataset'],
  event: string | null,
): DoorReason | null {
  if (valueLength < 0) return 'null_value'
  if (typeof dataset === 'string') return dataset
  return event === null || isAllowedEvent(event) ? null : 'bad_event'
}

/**
 * Reads the headers of a message; one may stand there several times.
 *
 * @param at - Place of their number in the block.
 */
export function readHeaders(block: Buffer, at: number, into: MessageHeaders): MessageHeaders {
  const cursor = new VarintReader(block)
  cursor.at = at
  into.dataset = 'no_dataset'
  into.event = null
  into.writer = null
  for (let left = cursor.read(); left > 0; left -= 1) {
    const keyLength = cursor.read()
    const key = cursor.at
    cursor.at += Math.max(0, keyLength)
    const length = cursor.read()
    const value = cursor.at
    cursor.at += Math.max(0, length)
    if (isName(DATASET, block, key, keyLength)) {
      into.dataset =
        into.dataset === 'no_dataset' ? readDataset(block, value, length) : 'two_datasets'
    } else if (isName(EVENT_NAME, block, key, keyLength)) {
      into.event = block.toString('latin1', value, value + Math.max(0, length))
    } else if (isName(WRITER, block, key, keyLength)) {
      into.writer = block.toString('latin1', value, value + Math.max(0, length))
    }
  }
  return into
}

function isName(name: Buffer, block: Buffer, start: number, length: number): boolean {
  if (length !== name.length) return false
  for (let place = 0; place < length; place += 1) {
    if (block[start + place] !== name[place]) return false
  }
  return true
}

function readDataset(block: Buffer, at: number, length: number): Dataset | 'bad_dataset' {
  const digit = (block[at] ?? 0) - ZERO
  return length === 1 && digit >= 1 && digit <= 4 ? (digit as Dataset) : 'bad_dataset'
}
