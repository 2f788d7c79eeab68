/** What Amazon's SDK throws, in one line: an error of it holds the whole request. */

/** What the SDK throws. */
export interface AwsError extends Error {
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/**
 * Says what went wrong, and what to do where nothing was asked yet.
 *
 * @returns Undefined if it is no error of a service or of the network, but a bug.
 */
export function describeAwsError(error: unknown): string | undefined {
  const { name, message, code, $metadata } = error as AwsError
  if (name === 'CredentialsProviderError') {
    return 'no AWS login found, set AWS_PROFILE or AWS_ACCESS_KEY_ID'
  }
  // The SDK has no name for this one.
  if (/region is missing/i.test(message)) return 'no AWS region found, set AWS_REGION'
  if ($metadata === undefined && code === undefined) return undefined
  const text = message.split('\n')[0] || 'no more is said'
  const kind = name === 'Error' ? code : name
  return kind === undefined ? text : `${text} (${kind})`
}
