import { PipelineError } from '../../base/errors.ts'
import { describeAwsError } from '../../base/s3/aws-errors.ts'

/** Ends with one line what went wrong at Amazon's. */
export function awsFailure(what: string, flag: string, error: unknown): never {
  if (error instanceof PipelineError) throw error
  const reason = describeAwsError(error)
  if (reason === undefined) throw error
  throw new PipelineError(`${what}, see ${flag}: ${reason}`, { cause: error })
}
