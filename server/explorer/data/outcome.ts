import { ArtifactError } from '../../../contract/read.ts'

/** A result, or why the file cannot be used. */
export type Outcome<T> = { readonly result: T } | { readonly fault: string }

/** Turns a verdict about a file into text: an error of this kind would lose its class on its way to the other thread. */
export async function attempt<T>(fn: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { result: await fn() }
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error
    return { fault: error.message }
  }
}
