/** Flags of every command that reads logs: they decide what a row is, so all of these commands take all of them. */
import { findMemoryLimit, findThreads } from '../base/machine.ts'
import { openWindow, type Window } from '../input/window.ts'
import { assertFlag, isCount, type Option } from './command.ts'

/** What decides the rows and the order of a build. */
export interface InputFlags {
  seed: number
  allowMissing: boolean
  keepEqualFiles: boolean
  followLinks: boolean
  window: number | undefined
  rename: string[]
  threads: number
}

/** The options of {@link InputFlags}. */
export const INPUT_OPTIONS = {
  seed: {
    type: 'number',
    default: 0,
    describe: 'seed of the random order, a whole number; one seed always gives the same pools',
  },
  'allow-missing': {
    type: 'boolean',
    default: false,
    describe: 'warn of a missing dataset or table instead of failing',
  },
  'keep-equal-files': {
    type: 'boolean',
    default: false,
    describe: 'count every file of impressions, also those with the same lines',
  },
  'follow-links': {
    type: 'boolean',
    default: false,
    describe: 'follow links that point outside the input folder',
  },
  window: {
    type: 'number',
    defaultDescription: 'all',
    describe: 'read only files of the last so many days, by the date in their names (UTC)',
  },
  rename: {
    type: 'string',
    array: true,
    default: [],
    describe: 'column that has another name in the files: clicks.clickId=click_id; repeatable',
  },
  threads: {
    type: 'number',
    default: findThreads(),
    defaultDescription: 'all cores that the container may use',
    describe: 'number of threads',
  },
} as const satisfies Record<string, Option>

/** Of commands that make tables in DuckDB. */
export interface TableFlags extends InputFlags {
  maxRejectShare: number
  memoryLimit: string
}

/** The options of {@link TableFlags}. */
export const TABLE_OPTIONS = {
  ...INPUT_OPTIONS,
  'max-reject-share': {
    type: 'number',
    default: 0.05,
    describe: 'greatest share of rejected rows in a file, 0 to 1; above it the build fails',
  },
  'memory-limit': {
    type: 'string',
    default: findMemoryLimit(),
    defaultDescription: '80 % of what the machine or its container has left',
    describe: 'approximate memory limit of the process; more is written to disk',
  },
} as const satisfies Record<string, Option>

/** A hundred years. */
const MOST_DAYS = 36_525
const DAYS = `a whole number of days from 1 to ${MOST_DAYS}`

/** Opens the window of `--window` at a moment; null = all days. */
export function windowOf({ window }: Pick<InputFlags, 'window'>, now: Date): Window | null {
  return window === undefined ? null : openWindow(window, now)
}

/** @throws {PipelineError} With exit code 2, if a flag has a value that makes no sense. */
export function checkInputFlags({ seed, threads, window }: InputFlags): void {
  assertFlag(window === undefined || (isCount(window) && window <= MOST_DAYS), 'window', DAYS)
  assertFlag(Number.isSafeInteger(seed), 'seed', 'a whole number')
  assertFlag(isCount(threads), 'threads', 'a whole number from 1 on')
}

/** @throws {PipelineError} With exit code 2, if a flag has a value that makes no sense. */
export function checkTableFlags(flags: TableFlags): void {
  const { maxRejectShare, memoryLimit } = flags
  checkInputFlags(flags)
  assertFlag(maxRejectShare >= 0 && maxRejectShare <= 1, 'max-reject-share', 'from 0 to 1')
  assertFlag(/^\d+(\.\d+)? ?[KMGT]i?B$/i.test(memoryLimit), 'memory-limit', 'like 4GB')
}
