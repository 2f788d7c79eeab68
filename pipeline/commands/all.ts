import { BUILD } from './build.ts'
import { BUILDS } from './builds.ts'
import { CHECK } from './check.ts'
import type { Command } from './command.ts'
import { DENY } from './deny.ts'
import { DIFF } from './diff.ts'
import { EVALUATE } from './evaluate.ts'
import { EXPLAIN } from './explain.ts'
import { EXPORT } from './export.ts'
import { FOLLOW } from './follow.ts'
import { HOLD, RELEASE } from './hold.ts'
import { PLAN } from './plan.ts'
import { RECEIVE } from './receive.ts'
import { ROLLBACK } from './rollback.ts'
import { SAMPLE } from './sample.ts'
import { SCAN } from './scan.ts'
import { SHELL } from './shell.ts'
import { VERIFY } from './verify.ts'
import { WATCH } from './watch.ts'

/** Every command, in the order of the help. Each knows its own flags. */
// biome-ignore lint/suspicious/noExplicitAny: the flags of different commands have no type in common
export const COMMANDS: readonly Command<any>[] = [
  ...[BUILD, SCAN, WATCH, FOLLOW, RECEIVE, HOLD, RELEASE, VERIFY],
  ...[BUILDS, CHECK, DIFF, EVALUATE, EXPLAIN, EXPORT, PLAN, ROLLBACK, DENY, SAMPLE, SHELL],
]
