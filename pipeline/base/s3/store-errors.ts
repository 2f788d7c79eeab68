/** What a store refuses, and what a network loses. */
import { PipelineError } from '../errors.ts'
import { type AwsError, describeAwsError } from './aws-errors.ts'

const GONE = 404
/** The condition failed, or another conditional write was just under way. */
const LOST = [412, 409]

/** Tells whether another version was there than the one that was asked for. */
export function isLost(error: AwsError): boolean {
  return LOST.includes(error.$metadata?.httpStatusCode ?? 0)
}

/** Gives null instead of failing where there is no such object. */
export async function orNull<T>(fn: () => Promise<T>): Promise<T | null> {
  try {
    return await fn()
  } catch (error) {
    const { name, $metadata } = error as AwsError
    if ($metadata?.httpStatusCode === GONE && name !== 'NoSuchBucket') return null
    throw error
  }
}

/** Turns what a store refuses, or a network loses, into one line. */
export async function withStoreErrors<T>(url: string, fn: () => Promise<T>): Promise<T> {
  try {
    return await fn()
  } catch (error) {
    if (error instanceof PipelineError) throw error
    if (isLost(error as AwsError)) {
      throw new PipelineError(`changed while it was read, try again: ${url}`, { cause: error })
    }
    const reason = describeAwsError(error)
    if (reason === undefined) throw error
    throw new PipelineError(`the store refuses or cannot be reached, ${reason}: ${url}`, {
      cause: error,
    })
  }
}
