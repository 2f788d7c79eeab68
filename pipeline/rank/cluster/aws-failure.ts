import { PipelineError } from '../../base/errors.ts'

/** Ends with one line what went wrong at Amazon's: an error of its SDK holds the whole request. */
export function awsFailure(what: string, flag: string, error: unknown): never {
  if (error instanceof PipelineError) throw error
  const { name, message, code } = error as Error & { readonly code?: string }
  if (name === 'CredentialsProviderError') {
    throw new PipelineError('no AWS login found, set AWS_PROFILE or AWS_ACCESS_KEY_ID')
  }
  if (/region is missing/i.test(message)) {
    throw new PipelineError('no AWS region found, set AWS_REGION')
  }
  const reason = [name, code].find((word) => word !== undefined && word !== 'Error') ?? 'failed'
  throw new PipelineError(`${what}, see ${flag}: ${firstLine(message)} (${reason})`)
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}
