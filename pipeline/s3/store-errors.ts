/** What a store refuses, and what a network loses. */
import { PipelineError } from '../base/errors.ts'

/** What the SDK throws. */
export interface StoreError extends Error {
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

const GONE = 404
/** The condition failed, or another conditional write was just under way. */
const LOST = [412, 409]

/** Tells whether another version was there than the one that was asked for. */
export function isLost(error: StoreError): boolean {
  return LOST.includes(error.$metadata?.httpStatusCode ?? 0)
}

/** Gives null instead of failing where there is no such object. */
export async function orNull<T>(fn: () => Promise<T>): Promise<T | null> {
  try {
    return await fn()
  } catch (error) {
    const { name, $metadata } = error as StoreError
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
    const { name, message, code, $metadata } = error as StoreError
    if (isLost(error as StoreError)) {
      throw new PipelineError(`changed while it was read, try again: ${url}`, { cause: error })
    }
    // The SDK has no name for this one.
    if (message === 'Region is missing') {
      throw new PipelineError(`no region is set, set AWS_REGION: ${url}`, { cause: error })
    }
    const isKnown =
      $metadata !== undefined || code !== undefined || name === 'CredentialsProviderError'
    if (!isKnown) throw error
    const reason = name === 'Error' ? (code ?? message) : `${name}, ${message || 'no more is said'}`
    throw new PipelineError(`the store refuses or cannot be reached (${reason}): ${url}`, {
      cause: error,
    })
  }
}
