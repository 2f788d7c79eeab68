import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { bundleLambda, packPools } from '../../deploy/lambda/lambda-files.ts'
import type { Row } from '../../scripts/lib/pool-files.ts'
import { writeBuild } from '../../scripts/lib/pool-files.ts'
import { withFolder, writeFiles } from './folders.ts'

/** What a function answers, in the format of its event. */
export interface LambdaAnswer {
  readonly statusCode: number
  readonly body: string
  readonly isBase64Encoded: boolean
  readonly headers?: Readonly<Record<string, string>>
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>
  readonly cookies?: readonly string[]
}

/** A function that runs in a process of its own. */
export interface RunningLambda {
  readonly invoke: (event: object) => Promise<LambdaAnswer>
  /** The lines that it wrote into its log so far. */
  readonly log: () => Record<string, unknown>[]
  readonly stop: () => Promise<void>
}

const RUNNER = join(import.meta.dirname, 'lambda-runner.mjs')

/** Unpacks the bundled function into a folder, with pools unless there are no rows. */
export async function unpackLambda(folder: string, rows: readonly Row[]): Promise<void> {
  await writeFiles(folder, (await bundleLambda()).files)
  if (rows.length === 0) return
  await withFolder(async (artifacts) => {
    await writeBuild(artifacts, rows)
    await writeFiles(folder, await packPools(artifacts))
  })
}

/**
 * Starts an unpacked function.
 *
 * @throws {Error} With what it wrote, if it ends before its first event.
 */
export async function startLambda(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<RunningLambda> {
  const child = spawn(process.execPath, [RUNNER, folder], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...env },
  })
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk
  })
  const closed = once(child, 'close')
  const stop = async () => {
    child.kill('SIGKILL')
    await closed
  }
  const next = lineReader(child)
  if ((await next()) !== 'ready') {
    await stop()
    throw new Error(`the function did not start: ${output}`)
  }
  return {
    invoke: async (event) => {
      child.stdin.write(`${JSON.stringify(event)}\n`)
      const answer = JSON.parse((await next()) ?? '{"crash":"ended"}')
      if (answer.crash !== undefined) throw new Error(`the function failed: ${answer.crash}`)
      return answer
    },
    log: () => parseLines(output),
    stop,
  }
}

/** Runs an unpacked function while `fn` uses it. */
export async function withLambda<T>(
  folder: string,
  env: Readonly<Record<string, string>>,
  fn: (lambda: RunningLambda) => Promise<T>,
): Promise<T> {
  const lambda = await startLambda(folder, env)
  try {
    return await fn(lambda)
  } finally {
    await lambda.stop()
  }
}

function lineReader(child: ChildProcess): () => Promise<string | undefined> {
  if (child.stdout === null) throw new Error('no output is piped')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async () => (await lines.next()).value
}

function parseLines(output: string): Record<string, unknown>[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}
