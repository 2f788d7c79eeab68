/**
 * What is known of how much luck is in the pools of a build: `evaluation.json`, `evaluation.parquet`, `evaluation.html`,
 * beside its other files. The manifest does not list them: they have a checksum of their own, and may be added later.
 */
import { join } from 'node:path'
import { formatWithChecksum, matchesChecksum } from './checksum.ts'
import { type Digest, digestFile } from './digest.ts'
import { type Dataset, EVALUATION_FILE, EVALUATION_SUMMARY_FILE, FORMAT_VERSION } from './schema.ts'
import { readSmallFile } from './small-file.ts'

/** A number with its 95 % interval; null = it cannot be had. */
export interface Estimate {
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
}

/** A slope with its 95 % interval; null = it cannot be had. */
export interface Slope {
  readonly slope: number | null
  readonly low: number | null
  readonly high: number | null
}

/** What the numbers of a pool, or of all, come to. */
export type Verdict = (typeof VERDICTS)[number]

/** All verdicts. */
export const VERDICTS = [
  'the rule beats chance',
  'the rule loses to chance',
  'no difference shown',
] as const

/** A banner of a pool. */
interface EvaluatedBanner {
  readonly banner_id: number
  readonly rank: number
  /** Share of 128 half samples in which it is in the pool. No probability. */
  readonly stability: number
}

/** The numbers of one pool. Money is revenue per 1,000 impressions; null = cannot be had. */
export interface EvaluatedPool {
  readonly dataset: Dataset
  readonly campaign_id: number
  readonly impressions: number
  /** Counted on the clicks that chose the pool. */
  readonly naive: number | null
  /** Counted on other clicks. */
  readonly honest: Estimate
  /** Of any banner at random. */
  readonly chance: Estimate
  /** honest less chance. */
  readonly lift: Estimate
  readonly p_value: number | null
  readonly p_adjusted: number | null
  readonly verdict: Verdict
  readonly agreement: number
  readonly agreement_by_chance: number
  readonly banners: readonly EvaluatedBanner[]
}

/** The numbers of all pools together. */
export interface Overall {
  readonly impressions: number
  readonly earned: number | null
  readonly naive: number | null
  readonly honest: Estimate
  readonly chance: Estimate
  readonly lift: Estimate
  readonly chi_square_per_df: number | null
  readonly p_value: number | null
  /** Pools with p ≤ 0.05, and with an adjusted p ≤ 0.05. */
  readonly different: number
  readonly different_adjusted: number
  readonly mean_stability: number | null
  readonly agreement: number | null
  readonly agreement_by_chance: number | null
  readonly clicks_follow_impressions: Slope
  readonly verdict: Verdict
}

/** What another order, or any banner at random, would bring more than the rules. */
export interface Alternative {
  readonly name: 'revenue_per_impression' | 'revenue_per_impression_shrunk' | 'chance'
  /** Null: nothing can be told. */
  readonly gain: Estimate | null
}

/** What a way to choose would have brought, by the probabilities that impressions were logged with. */
export interface LoggedPolicy {
  readonly name: 'pools' | Alternative['name']
  /** Self-normalised, in revenue per 1,000 impressions. */
  readonly value: Estimate
  /** So many impressions of that way itself would tell as much. */
  readonly effective_impressions: number
  /** The same of impressions that earned something. */
  readonly effective_conversions: number
  /** Whether there are enough of both to decide by. */
  readonly is_enough: boolean
}

/** What logged probabilities tell. */
export interface LoggedDecisions {
  readonly impressions: number
  readonly policies: readonly LoggedPolicy[]
}

/** All numbers of a log. */
export interface Evaluation {
  readonly overall: Overall
  readonly pools: readonly EvaluatedPool[]
  readonly alternatives: readonly Alternative[]
  /** Null: the server did not explore. Absent before 0.2.0, and where it was not asked for. */
  readonly logged?: LoggedDecisions | null
}

/** `evaluation.json`: all but the pools, which are in `evaluation.parquet`. Ends with a field `evaluation_sha256`. */
export interface EvaluationDocument extends Omit<Evaluation, 'pools'> {
  readonly format_version: number
  /** Of the build that it belongs to. */
  readonly build_id: string
  readonly output: Digest & { readonly file: typeof EVALUATION_FILE; readonly rows: number }
}

const CHECKSUM = 'evaluation_sha256'

/** Bytes. It has some two thousand. */
const MAX_BYTES = 1_000_000

/** A stable place of a pool from here on. */
const STABLE = 0.95
/** Below it a place is a coin toss. */
const UNSURE = 0.8

/** How sure a place of a pool is. */
export type Sureness = (typeof SURENESSES)[number]

/** From the surest to the least sure. */
export const SURENESSES = ['safe', 'steady', 'unsure', 'coin toss'] as const

/** Names a stability. Only where the rule beats chance is a stable place safe: a rule on noise may be steady, too. */
export function nameStability(stability: number, verdict: Verdict): Sureness {
  if (stability < UNSURE) return 'coin toss'
  if (stability < STABLE) return 'unsure'
  return verdict === 'the rule beats chance' ? 'safe' : 'steady'
}

/** Writes `evaluation.json` with its checksum. */
export function formatEvaluation(document: EvaluationDocument): string {
  return formatWithChecksum(document, CHECKSUM)
}

/**
 * Reads the evaluation of a build.
 *
 * @param folder - The folder of one build.
 * @returns Null if there is none that is intact, of this format version and of this build: it can be made again.
 */
export async function readEvaluation(
  folder: string,
  buildId: string,
): Promise<EvaluationDocument | null> {
  const path = join(folder, EVALUATION_SUMMARY_FILE)
  const text = await readSmallFile(path, { maxBytes: MAX_BYTES }).catch(() => null)
  if (text === null || !matchesChecksum(String(text), CHECKSUM)) return null
  // The checksum and the version guarantee its shape.
  const document = JSON.parse(String(text)) as EvaluationDocument
  return document.format_version === FORMAT_VERSION && document.build_id === buildId
    ? document
    : null
}

/** Tells whether `evaluation.parquet` is the file that its summary speaks of. */
export async function verifyEvaluation(
  folder: string,
  { output }: Pick<EvaluationDocument, 'output'>,
): Promise<boolean> {
  const digest = await digestFile(join(folder, EVALUATION_FILE)).catch(() => null)
  return digest?.bytes === output.bytes && digest.sha256 === output.sha256
}
