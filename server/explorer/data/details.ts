/**
 * Figures of the served build that are not in memory, because serving does not need them: revenue, clicks, reasons, and
 * the banners that are out.
 *
 *     page ──► cache ──► one thread, which hashes a file once and then reads a few row groups of it
 *
 * Only the explorer asks. The thread starts with the first question and ends when there is none for a while; however many
 * ask, there is one, with a short queue, so that the requests for banners keep the other cores.
 */
import { findWorkerFile } from '../../../contract/worker-file.ts'
import { createJobThread } from '../../base/job-thread.ts'
import { type BuildQuestions, createBuildQuestions, type Dependencies } from './build-questions.ts'
import { type CampaignQuestions, createCampaignQuestions } from './campaign-questions.ts'
import type { NoFigures } from './no-figures.ts'
import type { Outcome } from './outcome.ts'
import { createRecent } from './recent.ts'
import { shareWait } from './share-wait.ts'

/** Asks for figures. Equal questions to one build are answered from memory. */
export interface Questions extends BuildQuestions, CampaignQuestions {}

/** The access to the figures. Each question that is asked of it directly is waited for by itself. */
export interface Details extends Questions {
  /** Questions of one page: all of them together are waited for no longer than a single one. */
  readonly forPage: () => Questions
  /** Ends the thread. */
  readonly stop: () => Promise<void>
}

/** Milliseconds. A socket without a byte is closed after 8 s, see http/limits.ts. */
const PATIENCE_MS = 4_000

/** Milliseconds of reading: a file made to keep the thread, or a machine with too much to do. Another thread starts. */
const JOB_LIMIT_MS = 60_000

/** Milliseconds without a question; another thread would have to hash the files again. */
const IDLE_MS = 300_000

const MAX_QUEUE = 32

const TOO_LONG = `reading the figures of a build takes more than ${JOB_LIMIT_MS / 1_000} s and was given up: the machine has too much to do, or memory or disk are too slow for this build`

/** Answers that are kept, each of some kilobytes. */
const MAX_ANSWERS = 200

/**
 * Makes the access to the figures.
 *
 * @param report - Called with why a file is unusable, once for each reason in turn.
 * @param patienceMs - After so long a question is answered with `reading`.
 */
export function createDetails(report: (fault: string) => void, patienceMs = PATIENCE_MS): Details {
  const thread = createJobThread({
    file: findWorkerFile('jobs', import.meta.url),
    idleMs: IDLE_MS,
    limitMs: JOB_LIMIT_MS,
  })
  const recent = createRecent<unknown>(MAX_ANSWERS)
  let lastFault = ''
  let isStopped = false
  const complain = (fault: string) => {
    if (fault !== lastFault && !isStopped) report(fault)
    lastFault = fault
    return 'unusable' as const
  }
  const ask = async <T>(
    key: string,
    { name, job, waitMs }: { name: string; job: object; waitMs: number },
  ): Promise<T | NoFigures> => {
    if (thread.queueSize() >= MAX_QUEUE && !recent.has(key)) return 'busy'
    const run = () => thread.run(name, job)
    const answer = recent.get(key, run) as Promise<Outcome<T>>
    const outcome = await patiently(answer, waitMs).catch((error: Error) =>
      error.name === 'AbortError' ? 'slow' : { fault: error.message },
    )
    if (outcome === 'reading') return outcome
    if (typeof outcome === 'object' && 'result' in outcome) return outcome.result
    recent.forget(key)
    if (outcome !== 'slow') return complain(outcome.fault)
    complain(TOO_LONG)
    return outcome
  }
  const askFor = (waitMs: () => number): Questions => {
    const edge: Dependencies = {
      ask: (key, name, job) => ask(key, { name, job, waitMs: waitMs() }),
      complain,
    }
    return { ...createBuildQuestions(edge), ...createCampaignQuestions(edge) }
  }
  return {
    ...askFor(() => patienceMs),
    forPage: () => askFor(shareWait(patienceMs, () => performance.now())),
    stop: () => {
      isStopped = true
      return thread.stop()
    },
  }
}

/** What takes longer goes on, and is remembered for whoever asks again. */
async function patiently<T>(answer: Promise<T>, patienceMs: number): Promise<T | 'reading'> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<'reading'>((resolve) => {
    timer = setTimeout(resolve, patienceMs, 'reading')
  })
  try {
    return await Promise.race([answer, timeout])
  } finally {
    clearTimeout(timer)
  }
}
